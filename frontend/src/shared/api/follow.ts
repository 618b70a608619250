import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { following, isHeld, onFollowing, setTold } from "@/shared/lib/live";
import { apiUrl } from "@/shared/lib/place";
import { staleAfter, subjectOf } from "./stale";

/** Opened once the page is there: a browser has six connections to a server, and the first ones are for the page. */
const CALM_MS = 1_500;
/** Many events at once make one question. */
const GATHER_MS = 1_000;
const AGAIN_MS = [2_000, 5_000, 15_000, 30_000];

/** Renews what the server says has changed, until the returned function is called.
 *
 *  The stream is closed while the page is paused or out of sight. A lost one is opened again after a growing pause;
 *  meanwhile the page asks now and then by itself (`useLive`). Whatever was missed is asked for when it opens. */
export function follow(client: QueryClient): () => void {
  let source: EventSource | undefined;
  let timer: number | undefined;
  let failures = 0;
  const tell = gathering(client);

  function wanted(): boolean {
    return following() !== "paused" && document.visibilityState === "visible";
  }

  function drop() {
    window.clearTimeout(timer);
    timer = undefined;
    source?.close();
    source = undefined;
  }

  function open() {
    timer = undefined;
    if (source || !wanted()) return;
    source = new EventSource(apiUrl("/events/stream"));
    source.onopen = () => {
      failures = 0;
      setTold(true);
      // What happened before the stream was open was not told.
      if (!isHeld()) void client.invalidateQueries();
    };
    source.onmessage = (message: MessageEvent<string>) => tell(subjectOf(message.data));
    source.onerror = () => {
      drop();
      timer = window.setTimeout(open, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
      failures += 1;
      setTold(false);
    };
  }

  function settle() {
    if (!wanted()) {
      drop();
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

/** Collects subjects for a moment and then renews what they make stale, each only once. */
function gathering(client: QueryClient): (subject: string | undefined) => void {
  const keys = new Map<string, QueryKey>();
  function renew() {
    if (isHeld()) {
      window.setTimeout(renew, GATHER_MS);
      return;
    }
    for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
    keys.clear();
  }
  return (subject) => {
    if (subject === undefined) return;
    if (keys.size === 0) window.setTimeout(renew, GATHER_MS);
    for (const key of staleAfter(subject)) keys.set(JSON.stringify(key), key);
  };
}
