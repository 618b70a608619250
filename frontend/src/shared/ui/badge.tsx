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
