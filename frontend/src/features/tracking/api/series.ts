import { queryOptions } from "@tanstack/react-query";
import { api, ask, type Bodies, type Schemas } from "@/shared/api/client";

export type Series = Schemas["Series"];
type MetricSeries = Schemas["MetricSeries"];
type About = Omit<Bodies["SeriesAsk"], "keys">;

export interface SeriesWanted {
  runIds: readonly string[];
  key: string;
  /** Pixels the chart has; the server keeps first, lowest, highest and last of each. */
  width: number;
  range?: readonly [number, number] | undefined;
  axis: "step" | "time";
}

/** One metric of several runs. Charts of the same runs that ask together are answered together. */
export function seriesQuery({ runIds, key, width, range, axis }: SeriesWanted) {
  const steps = range ? { from_step: Math.floor(range[0]), to_step: Math.ceil(range[1]) } : {};
  return queryOptions({
    queryKey: ["series", runIds, key, width, axis, range?.[0], range?.[1]],
    queryFn: () => askTogether({ run_ids: [...runIds], width, axis, ...steps }, key),
    placeholderData: (previous) => (previous?.key === key ? previous : undefined),
    enabled: runIds.length > 0,
  });
}

/** Series in one request: with more of them the first chart would wait long for the last one's points. */
export const SERIES_AT_ONCE = 60;

interface Waiting {
  key: string;
  resolve: (found: MetricSeries) => void;
  reject: (error: unknown) => void;
}

/** Who waits for which metric, by what else they ask. */
const gathered = new Map<string, Waiting[]>();

function askTogether(about: About, key: string): Promise<MetricSeries> {
  return new Promise((resolve, reject) => {
    const name = JSON.stringify(about);
    const waiting = gathered.get(name) ?? [];
    if (waiting.length === 0) {
      gathered.set(name, waiting);
      setTimeout(() => send(name));
    }
    waiting.push({ key, resolve, reject });
  });
}

/** Sends off what is gathered, without waiting for others that might ask the same. */
export function askGathered(): void {
  for (const name of [...gathered.keys()]) send(name);
}

function send(name: string): void {
  const waiting = gathered.get(name) ?? [];
  gathered.delete(name);
  const about = JSON.parse(name) as About;
  const each = Math.max(1, Math.floor(SERIES_AT_ONCE / about.run_ids.length));
  for (let at = 0; at < waiting.length; at += each) void answer(about, waiting.slice(at, at + each));
}

async function answer(about: About, waiting: readonly Waiting[]): Promise<void> {
  try {
    const body = { ...about, keys: waiting.map(({ key }) => key) };
    const { metrics } = await ask(api.POST("/api/v1/runs/series", { body }));
    const found = new Map(metrics.map((metric) => [metric.key, metric]));
    for (const { key, resolve } of waiting) resolve(found.get(key) ?? { key, series: [] });
  } catch (error) {
    for (const { reject } of waiting) reject(error);
  }
}
