const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

/** 1536 -> "1.5 kB" (powers of 1000, as disks are sold). */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A metric in at most `digits` significant figures: 0.91234 -> "0.9123", 64 -> "64", 1.2e-7 stays exponential. */
export function figure(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return value.toLocaleString("en-GB").replace("-", "−");
  if (size < 1e-4 || size >= 1e9)
    return value
      .toExponential(digits - 1)
      .replace(/\.?0+e/, "e")
      .replace("-", "−");
  return Number(value.toPrecision(digits)).toString().replace("-", "−");
}

export function count(value: number): string {
  return value.toLocaleString("en-GB");
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** 95_000 -> "1 min 35 s"; the two largest units only. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor((seconds % 86400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(" ");
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [7, "day"],
  [4.35, "week"],
  [12, "month"],
  [Number.POSITIVE_INFINITY, "year"],
];
const SHORT = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto", style: "short" });
const LONG = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
const TERSE = new Set(["second", "minute", "hour"]);

/** "2 min ago", "yesterday"; `now` is given so that the law can be tested. */
export function ago(ms: number, now: number): string {
  let value = (ms - now) / 1000;
  if (Math.abs(value) < 10) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.abs(value) < size) return (TERSE.has(unit) ? SHORT : LONG).format(Math.round(value), unit);
    value /= size;
  }
  return exactTime(ms);
}

/** For machines. Clients choose the times of their runs; one that counts in nanoseconds is beyond what a date can be. */
export function isoTime(ms: number): string | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** Local time, for a tooltip beside the UTC one. */
export function exactTime(ms: number): string {
  if (isoTime(ms) === undefined) return beyondDates(ms);
  return new Date(ms).toLocaleString("en-GB", {
    dateStyle: "medium",
    timeStyle: "medium",
  });
}

export function utcTime(ms: number): string {
  const iso = isoTime(ms);
  return iso === undefined ? beyondDates(ms) : `${iso.replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
}

function beyondDates(ms: number): string {
  return `${ms} ms after 1970`;
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}

/** The first line of a Markdown text without its marks, for a cell that has room for one line. */
export function firstLine(markdown: string): string {
  const line = markdown.split("\n").find((text) => text.trim() !== "") ?? "";
  return line.replace(/[*_`#>]/g, "").trim();
}
