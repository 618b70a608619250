import type { Axis } from "@/shared/chart/axis";

export interface Importance {
  id: string;
  /** Share of the result's spread in ranks that the setting goes along with, 0 to 1. */
  share: number;
  /** Whether the result rises with the setting; null for settings that are words. */
  rises: boolean | null;
  runs: number;
}

/** Ranks from 1, equal values sharing the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => [value, at] as const).sort((a, b) => a[0] - b[0]);
  const found = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && order[to + 1]?.[0] === order[from]?.[0]) to += 1;
    for (let at = from; at <= to; at += 1)
      found[(order[at] as readonly [number, number])[1]] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return found;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Pearson's correlation; 0 when either side does not vary. On ranks it is Spearman's (Spearman, 1904). */
export function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((value, at) => {
    const [dx, dy] = [value - mx, (y[at] as number) - my];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy);
}

/** Share of the spread of `y` between the groups (correlation ratio, eta squared; Pearson, 1905). */
export function between(groups: readonly string[], y: readonly number[]): number {
  const all = mean(y);
  const members = new Map<string, number[]>();
  groups.forEach((group, at) => {
    members.set(group, [...(members.get(group) ?? []), y[at] as number]);
  });
  const total = y.reduce((sum, value) => sum + (value - all) ** 2, 0);
  if (total === 0) return 0;
  const spread = [...members.values()].reduce(
    (sum, values) => sum + values.length * (mean(values) - all) ** 2,
    0,
  );
  return spread / total;
}

const LEAST_RUNS = 5;

/** Which settings go along with a result, strongest first. Going along is not causing: settings that were changed
 *  together share the credit. */
export function importance(settings: readonly Axis[], result: Axis): Importance[] {
  return settings
    .flatMap((setting) => {
      const both = setting.values.flatMap((value, at) => {
        const outcome = result.values[at];
        return value === null || typeof outcome !== "number" ? [] : [[value, outcome] as const];
      });
      if (both.length < LEAST_RUNS) return [];
      const outcomes = ranks(both.map(([, outcome]) => outcome));
      if (setting.numeric) {
        const rho = correlation(ranks(both.map(([value]) => Number(value))), outcomes);
        return { id: setting.id, share: rho * rho, rises: rho > 0, runs: both.length };
      }
      const groups = both.map(([value]) => String(value));
      // A setting that differs in every run explains everything and says nothing.
      if (new Set(groups).size > both.length / 2) return [];
      return { id: setting.id, share: between(groups, outcomes), rises: null, runs: both.length };
    })
    .sort((a, b) => b.share - a.share);
}
