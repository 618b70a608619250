import { figure } from "@/shared/lib/format";
import { percent } from "../words";

/** Shares are whole thousandths here, because tenths of a percent do not add up in floating point. */
export const WHOLE = 1000;

export function thousandths(shares: readonly number[]): number[] {
  const found = shares.map((share) => Math.round(share * WHOLE));
  const left = WHOLE - found.reduce((sum, one) => sum + one, 0);
  const widest = found.indexOf(Math.max(...found));
  return found.map((one, at) => (at === widest ? one + left : one));
}

/** The shares after one is set: the others keep their proportions and give or take the rest; all add up to WHOLE. */
export function rebalanced(shares: readonly number[], index: number, value: number): number[] {
  if (shares.length < 2) return shares.map(() => WHOLE);
  const rest = WHOLE - value;
  const others = shares.reduce((sum, one, at) => (at === index ? sum : sum + one), 0);
  const heir = index === 0 ? 1 : 0;
  const next = shares.map((one, at) => {
    if (at === index) return value;
    if (others === 0) return at === heir ? rest : 0;
    return Math.floor((one * rest) / others);
  });
  const missing = WHOLE - next.reduce((sum, one) => sum + one, 0);
  const taker = next.reduce(
    (best, one, at) => (at !== index && (best === -1 || one > (next[best] ?? 0)) ? at : best),
    -1,
  );
  return next.map((one, at) => (at === taker ? one + missing : one));
}

export interface ShareChange {
  name: string;
  before: number;
  after: number;
}

/** What will be so afterwards, one sentence each, before anything is done. */
export function consequencesOf(
  changes: readonly ShareChange[],
  perSecond: number,
  sticky: boolean,
): string[] {
  const moved = changes.filter(({ before, after }) => before !== after);
  const lines = moved.map(({ name, before, after }) => {
    const from = percent(before / WHOLE);
    if (after === 0)
      return `${name} answers nobody any more (now ${from}). It stays loaded, so going back takes seconds.`;
    const rate = (perSecond * after) / WHOLE;
    const about = rate > 0 ? `, about ${figure(rate, 2)} requests a second at the present rate` : "";
    return `${name} answers ${percent(after / WHOLE)} of all requests instead of ${from}${about}.`;
  });
  if (moved.length === 0) return [];
  if (sticky) lines.push("Callers with a key stay with their version as far as the shares allow.");
  return [
    ...lines,
    "Nodes follow within two seconds. No request is lost, and the change is in the activity log.",
  ];
}
