import type { ReactNode } from "react";
import css from "./badge.module.css";

export type Tone = "neutral" | "good" | "warn" | "bad" | "accent";

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={`${css.badge} ${tone === "neutral" ? "" : css[tone]}`}>
      <span className={css.text}>{children}</span>
    </span>
  );
}

interface State {
  tone: Tone;
  word: string;
  shape: "dot" | "ring" | "square" | "live";
}

/** Shape and word differ too, so that the state never hangs on colour alone. */
const STATES: Record<string, State> = {
  running: { tone: "accent", word: "running", shape: "live" },
  finished: { tone: "good", word: "finished", shape: "dot" },
  ready: { tone: "good", word: "ready", shape: "dot" },
  success: { tone: "good", word: "done", shape: "dot" },
  done: { tone: "good", word: "done", shape: "dot" },
  ok: { tone: "good", word: "fine", shape: "dot" },
  failed: { tone: "bad", word: "failed", shape: "square" },
  error: { tone: "bad", word: "failed", shape: "square" },
  killed: { tone: "warn", word: "stopped", shape: "square" },
  cancelled: { tone: "warn", word: "cancelled", shape: "square" },
  scheduled: { tone: "neutral", word: "scheduled", shape: "ring" },
  enqueued: { tone: "neutral", word: "waiting", shape: "ring" },
  pending: { tone: "neutral", word: "pending", shape: "ring" },
  loading: { tone: "accent", word: "loading", shape: "live" },
  draining: { tone: "neutral", word: "draining", shape: "ring" },
  stopped: { tone: "neutral", word: "stopped", shape: "square" },
  "no node": { tone: "warn", word: "no node", shape: "ring" },
  up: { tone: "good", word: "up", shape: "dot" },
  away: { tone: "warn", word: "away", shape: "square" },
  "under way": { tone: "accent", word: "under way", shape: "live" },
  stepping: { tone: "accent", word: "stepping", shape: "live" },
  shadow: { tone: "accent", word: "shadow", shape: "live" },
  replay: { tone: "accent", word: "replay", shape: "live" },
  held: { tone: "warn", word: "held", shape: "ring" },
  promoted: { tone: "good", word: "promoted", shape: "dot" },
  "rolled back": { tone: "bad", word: "rolled back", shape: "square" },
  aborted: { tone: "neutral", word: "aborted", shape: "square" },
  open: { tone: "neutral", word: "open", shape: "ring" },
  kept: { tone: "good", word: "kept", shape: "dot" },
  violated: { tone: "bad", word: "violated", shape: "square" },
  undecidable: { tone: "warn", word: "undecidable", shape: "square" },
  proven: { tone: "good", word: "proven", shape: "dot" },
  loads: { tone: "accent", word: "loads", shape: "dot" },
  "no proof": { tone: "warn", word: "no proof", shape: "ring" },
  deleted: { tone: "neutral", word: "deleted", shape: "square" },
};

export function StateBadge({ state }: { state: string }) {
  const look = STATES[state.toLowerCase()] ?? { tone: "neutral", word: state, shape: "ring" };
  return (
    <span className={`${css.badge} ${look.tone === "neutral" ? "" : css[look.tone]}`}>
      <span aria-hidden="true" className={`${css.dot} ${look.shape === "dot" ? "" : css[look.shape]}`} />
      {look.word}
    </span>
  );
}
