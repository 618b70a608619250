import { figure } from "@/shared/lib/format";

/** One column of many things: the value of each, in the order of the things. */
export interface Axis {
  id: string;
  label: string;
  numeric: boolean;
  /** Every value above zero and at least two orders of magnitude: a logarithm shows it better. */
  wide: boolean;
  values: readonly (number | string | null)[];
}

export interface Scale {
  /** Where a value stands, from 0 at the low end of the axis to 1 at the high one; NaN where there is none. */
  at: (value: number | string | null | undefined) => number;
  /** What stands there, in words. */
  say: (at: number) => string;
  ticks: readonly { at: number; label: string }[];
}

const TICKS = 6;
/** Of so many words each gets its label; of more, every second or third. */
const WORDS = 24;

export function scaleOf(axis: Axis, log: boolean): Scale {
  const present = axis.values.filter((value) => value !== null);
  if (!axis.numeric) return wordScale([...new Set(present.map(String))]);
  return numberScale(present.map(Number), log && axis.wide);
}

function numberScale(numbers: readonly number[], log: boolean): Scale {
  const bent = (value: number) => (log ? Math.log10(value) : value);
  const least = bent(Math.min(...numbers));
  const most = bent(Math.max(...numbers));
  // A single value stands in the middle, and is the only one that is marked.
  const isOne = least === most;
  const [low, high] = isOne ? [least - 0.5, most + 0.5] : ends([least, most], log);
  const place = (value: number) => (bent(value) - low) / (high - low);
  const marks = isOne ? numbers.slice(0, 1) : log ? decades(low, high) : rounds(low, high);
  const digits = log || isOne ? 3 : digitsFor(marks, low, high);
  return {
    at: (value) => (value === null || value === undefined ? Number.NaN : place(Number(value))),
    say: (at) => {
      const value = low + at * (high - low);
      return figure(log ? 10 ** value : value, digits);
    },
    ticks: marks.map((value) => ({ at: place(value), label: figure(value, digits) })),
  };
}

/** What an axis begins and ends with: round numbers, or a logarithm as it is, because the next power may be far. */
function ends([least, most]: readonly [number, number], log: boolean): readonly [number, number] {
  if (log) return [least, most];
  const step = stepOf(least, most);
  return [Math.floor(least / step) * step, Math.ceil(most / step) * step];
}

/** One, two or five times a power of ten, such that about TICKS steps fill the range. */
function stepOf(low: number, high: number): number {
  const rough = (high - low) / TICKS;
  const ten = 10 ** Math.floor(Math.log10(rough));
  return ten * ([1, 2, 5].find((times) => times * ten >= rough) ?? 10);
}

/** Round numbers from `low` to `high`. */
export function rounds(low: number, high: number): number[] {
  const step = stepOf(low, high);
  // Sums of steps are off by a hair: what stands there still does.
  const first = Math.ceil(low / step - 1e-6);
  return Array.from({ length: Math.floor(high / step + 1e-6) - first + 1 }, (_, at) => (first + at) * step);
}

/** Powers of ten between two logarithms, with a step between them where they are few. */
export function decades(low: number, high: number): number[] {
  const every = Math.max(1, Math.ceil((high - low) / TICKS));
  const found: number[] = [];
  for (let power = Math.floor(low); power <= high; power += every) {
    for (const times of high - low < 3 ? [1, 3] : [1]) {
      const place = power + Math.log10(times);
      if (place >= low && place <= high) found.push(times * 10 ** power);
    }
  }
  return found;
}

/** As many digits as tell neighbours apart: 1000.001 and 1000.002 need seven. */
function digitsFor(marks: readonly number[], low: number, high: number): number {
  const step = Math.abs((marks[1] ?? high) - (marks[0] ?? low));
  const largest = Math.max(Math.abs(low), Math.abs(high));
  return Math.min(15, Math.max(3, Math.ceil(Math.log10(largest / step)) + 1));
}

function wordScale(words: readonly string[]): Scale {
  const sorted = words.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const place = (index: number) => (sorted.length > 1 ? index / (sorted.length - 1) : 0.5);
  const places = new Map(sorted.map((word, index) => [word, place(index)]));
  const every = Math.ceil(sorted.length / WORDS);
  return {
    at: (value) => places.get(String(value)) ?? Number.NaN,
    say: (at) => sorted[Math.round(at * (sorted.length - 1))] ?? "",
    ticks: sorted
      .map((label, index) => ({ at: place(index), label }))
      .filter((_, index) => index % every === 0),
  };
}
