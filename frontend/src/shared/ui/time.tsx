import { ago, duration, exactTime, isoTime, utcTime } from "@/shared/lib/format";
import { useNow } from "@/shared/lib/use-now";

/** "2 min ago", with the exact local and UTC time on hover. */
export function Time({ ms }: { ms: number | null | undefined }) {
  const now = useNow();
  if (ms === null || ms === undefined) return <span>–</span>;
  return (
    <time dateTime={isoTime(ms)} title={`${exactTime(ms)}\n${utcTime(ms)}`}>
      {ago(ms, now)}
    </time>
  );
}

/** How long something took, or has been taking so far. */
export function Took({ from, to }: { from: number | null; to: number | null }) {
  const now = useNow(1_000);
  if (from === null) return <span>–</span>;
  return <span className="number">{duration((to ?? now) - from)}</span>;
}
