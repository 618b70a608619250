import type { Ledger } from "../api/ledger";
import { percent } from "../words";

/** What a list of predictions does not show: what is not kept, what has not come yet, what failed. */
export function keptWords({ share, inputs, hashed, masked, keep_days }: Ledger["logging"]): string {
  const days = keep_days === null ? "" : ` for ${keep_days} ${keep_days === 1 ? "day" : "days"}`;
  const kept =
    share === 0
      ? "The ledger keeps no new predictions."
      : `The ledger keeps ${percent(share)} of predictions${days}, each some ten seconds after its answer.`;
  const hidden = [...hashed, ...masked];
  return [
    kept,
    "Requests that were refused or failed are not among them; the overview counts them.",
    ...(inputs ? [] : ["Inputs are not kept."]),
    ...(hidden.length > 0 ? [`Hidden: ${hidden.join(", ")}.`] : []),
    "Long values are on the prediction's own page.",
  ].join(" ");
}

/** A moment as a field for local date and time has it, to the minute; "" for none. */
export function intoField(ms: number | undefined): string {
  if (ms === undefined) return "";
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return Number.isNaN(local.getTime()) ? "" : local.toISOString().slice(0, 16);
}

export function fromField(text: string): number | undefined {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
