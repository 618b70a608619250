import { figure, isoTime } from "@/shared/lib/format";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const MINUTE_S = 60;

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Whether all of these times are dates: the library looks for ticks for ever between times that are none. */
export function areDates(timesS: readonly (number | undefined)[]): boolean {
  return timesS.every((at) => at === undefined || isoTime(at * 1000) !== undefined);
}

/** What stands under a time axis: days for wide steps, the date in the place of midnight, seconds only when needed. */
export function timeTicks(ticksS: readonly number[], stepS: number): string[] {
  return ticksS.map((at) => {
    const moment = new Date(at * 1000);
    if (stepS >= DAY_S) return DATE.format(moment);
    const midnight = moment.getHours() === 0 && moment.getMinutes() === 0 && moment.getSeconds() === 0;
    if (midnight && stepS >= HOUR_S) return DATE.format(moment);
    return (stepS < MINUTE_S ? SECONDS : CLOCK).format(moment);
  });
}

/** What a short axis counts from, its first moment; undefined for a longer one, or for a single moment. Under a minute
 *  the time of day tells nobody how long anything took, and below a second it reads like another time of day. */
export function countsFrom(firstS: number | undefined, lastS: number | undefined): number | undefined {
  if (firstS === undefined || lastS === undefined || firstS === lastS) return undefined;
  return lastS - firstS < MINUTE_S ? firstS : undefined;
}

/** Round durations after `fromS`, as moments between two others. */
export function splitsSince(fromS: number, [min, max]: readonly [number, number], stepS: number): number[] {
  // Sums of steps are off by a hair: what stands at the edge still does.
  const first = Math.ceil((min - fromS) / stepS - 1e-3);
  const last = Math.floor((max - fromS) / stepS + 1e-3);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => fromS + (first + at) * stepS);
}

/** How long after `fromS` each moment is, all in one unit: "0 ms", "5 ms"; "0 s", "0.5 s", "1 s". */
export function durationTicks(fromS: number, ticksS: readonly number[]): string[] {
  const most = Math.max(...ticksS.map((at) => Math.abs(at - fromS)));
  return ticksS.map((at) => durationSince(fromS, at, most < 1));
}

/** In milliseconds with at most three digits behind the point: clients tell no finer moments. */
export function durationSince(fromS: number, at: number, inMs: boolean): string {
  const ms = Math.round((at - fromS) * 1e6) / 1e3;
  return inMs ? `${figure(ms)} ms` : `${figure(ms / 1000)} s`;
}
