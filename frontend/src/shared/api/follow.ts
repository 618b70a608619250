import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { following, isHeld, onFollowing, setTold } from "@/shared/lib/live";
import { apiUrl } from "@/shared/lib/place";
import { staleAfter, type Told, toldBy } from "./stale";

const STREAM = "/events/stream";
/** Opened once the page is there: a browser has six connections to a server, and the first ones are for the page. */
const CALM_MS = 1_500;
/** Many events at once make one question. */
const GATHER_MS = 1_000;
const AGAIN_MS = [2_000, 5_000, 15_000, 30_000];
/** After a longer break everything is asked for again, instead of being told one by one what has happened. */
const BREAK_MS = 300_000;

/** Renews what the server says has changed, until the returned function is called.
 *
 *  The stream is closed while the page is paused or out of sight, and goes on behind the last event that the page knows
 *  of, at first behind the one that its document names: all the page's answers are younger. After a pause, a fault or
 *  a long break everything is asked for again, also what no event tells of. A lost stream is opened again after a growing
 *  pause; meanwhile the page asks now and then by itself (`useLive`). */
export function follow(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;
  let seen = documentsEvent();
  let isBehind = false;
  let closedMs = Date.now();
  const tell = gathering(client);

  function wanted(): boolean {
    return following() !== "paused" && document.visibilityState === "visible";
  }

  function drop() {
    window.clearTimeout(timer);
    timer = undefined;
    if (source) closedMs = Date.now();
    source?.close();
    source = undefined;
  }

  function open() {
    timer = undefined;
    if (source || !wanted()) return;
    if (Date.now() - closedMs > BREAK_MS) seen = undefined;
    if (seen === undefined) isBehind = true;
    source = new EventSource(apiUrl(seen === undefined ? STREAM : `${STREAM}?after=${seen}`));
    source.onopen = () => {
      failures = 0;
      setTold(true);
      if (isBehind && !isHeld()) void client.invalidateQueries();
      isBehind = false;
    };
    source.onmessage = ({ data, lastEventId }: MessageEvent<string>) => {
      if (lastEventId) seen = lastEventId;
      tell(toldBy(data));
    };
    source.onerror = () => {
      drop();
      isBehind = true;
      timer = window.setTimeout(open, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
      failures += 1;
      setTold(false);
    };
  }

  function settle() {
    if (!wanted()) {
      drop();
      if (following() === "paused") isBehind = true;
      setTold(false);
    } else if (!source && timer === undefined) {
      timer = window.setTimeout(open, CALM_MS);
    }
  }

  const forget = onFollowing(settle);
  document.addEventListener("visibilitychange", settle);
  settle();
  return () => {
    forget();
    document.removeEventListener("visibilitychange", settle);
    drop();
    setTold(false);
  };
}

/** The newest event when the server made the page's document; nothing when it could not tell. */
function documentsEvent(): string | undefined {
  const found = document.querySelector<HTMLMetaElement>('meta[name="modelwright-seen"]');
  return found?.content || undefined;
}

/** Collects what is told for a moment and then renews what they make stale, each only once. */
function gathering(client: QueryClient): (told: Told | undefined) => void {
  const keys = new Map<string, QueryKey>();
  function renew() {
    if (isHeld()) {
      window.setTimeout(renew, GATHER_MS);
      return;
    }
    // Whoever resumes a paused page asks for everything anyway.
    if (following() !== "paused")
      for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
    keys.clear();
  }
  return (told) => {
    if (told === undefined) return;
    if (keys.size === 0) window.setTimeout(renew, GATHER_MS);
    for (const key of staleAfter(told.subject, told.mentioned)) keys.set(JSON.stringify(key), key);
  };
}
