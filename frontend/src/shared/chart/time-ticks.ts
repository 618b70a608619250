import { isoTime } from "@/shared/lib/format";

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const MINUTE_S = 60;

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const FRACTIONS = new Intl.DateTimeFormat("en-GB", {
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 2,
});
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
    if (stepS < 1) return FRACTIONS.format(moment);
    return (stepS < MINUTE_S ? SECONDS : CLOCK).format(moment);
  });
}
