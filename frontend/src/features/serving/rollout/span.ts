import type { Span } from "../api/serving";

const MINUTE_MS = 60_000;
const LONGEST = 24 * 60;

/** The time of a rollout as charts ask for it: from a minute before its start, at most the last day of it. */
export function spanOf(fromMs: number, toMs: number | null, nowMs: number): Span {
  const until = toMs ?? nowMs;
  const minutes = Math.ceil((until - fromMs) / MINUTE_MS) + 1;
  const shown = Math.max(2, Math.min(LONGEST, minutes));
  return toMs === null ? { minutes: shown } : { minutes: shown, untilMs: toMs + MINUTE_MS / 2 };
}
