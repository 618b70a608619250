import type { Axis } from "@/shared/chart/axis";
import type { RunRow, RunSearch } from "../api/runs";

/** The axes of the asked columns. A parameter counts as a number when all its values read as one. */
export function axesFor(runs: readonly RunRow[], asked: RunSearch): Axis[] {
  const params = (asked.params ?? []).map((key) =>
    axis(
      `params.${key}`,
      key,
      runs.map((run) => run.params[key] ?? null),
    ),
  );
  const metrics = (asked.metrics ?? []).map((key) =>
    axis(
      `metrics.${key}`,
      key,
      runs.map((run) => run.metrics[key] ?? null),
    ),
  );
  return [...params, ...metrics];
}

function axis(id: string, label: string, raw: readonly (string | number | null)[]): Axis {
  const present = raw.filter((value) => value !== null);
  const numbers = present.map((value) => (value === "" ? Number.NaN : Number(value)));
  const numeric = present.length > 0 && numbers.every(Number.isFinite);
  if (!numeric)
    return {
      id,
      label,
      numeric,
      wide: false,
      values: raw.map((value) => (value === null ? null : String(value))),
    };
  const least = Math.min(...numbers);
  const wide = least > 0 && Math.max(...numbers) / least >= 100;
  return { id, label, numeric, wide, values: raw.map((value) => (value === null ? null : Number(value))) };
}
