export interface Line {
  key: string;
  label: string;
  colour: string;
  dash: readonly number[];
  x: readonly number[];
  y: readonly (number | null)[];
}

/** One common, ascending x for several lines, and each line's values on it; undefined where a line has no
 *  point (drawn through), null where it has a gap (drawn as one). Merges k lines of n points in O(kn log kn). */
export function align(lines: readonly Line[]): [number[], ...(number | null | undefined)[][]] {
  const all = new Set<number>();
  for (const line of lines) for (const x of line.x) all.add(x);
  const xs = Float64Array.from(all).sort();
  const place = new Map<number, number>();
  xs.forEach((x, at) => {
    place.set(x, at);
  });
  const columns = lines.map((line) => {
    const column: (number | null | undefined)[] = new Array(xs.length).fill(undefined);
    line.x.forEach((x, at) => {
      column[place.get(x) as number] = line.y[at] ?? null;
    });
    return column;
  });
  return [Array.from(xs), ...columns];
}

/** The places of values with a gap, or nothing, on either side: no line reaches them, so each needs a point. */
export function alone(column: ArrayLike<number | null | undefined>): number[] {
  const found: number[] = [];
  let before: number | null = null;
  for (let at = 0; at < column.length; at += 1) {
    const value = column[at];
    if (value === undefined) continue;
    if (value !== null && before === null) {
      let next = at + 1;
      while (next < column.length && column[next] === undefined) next += 1;
      if (next >= column.length || column[next] === null) found.push(at);
    }
    before = value;
  }
  return found;
}

/** What an ordinary table says about a line, for those who cannot see it and for checking. */
export interface Summary {
  key: string;
  label: string;
  first: number | null;
  last: number | null;
  min: number | null;
  max: number | null;
}

export function summarise(line: Line): Summary {
  let min: number | null = null;
  let max: number | null = null;
  let first: number | null = null;
  let last: number | null = null;
  for (const y of line.y) {
    if (y === null) continue;
    first ??= y;
    last = y;
    min = min === null || y < min ? y : min;
    max = max === null || y > max ? y : max;
  }
  return { key: line.key, label: line.label, first, last, min, max };
}
