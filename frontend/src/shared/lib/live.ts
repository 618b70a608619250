import { useSyncExternalStore } from "react";

/** How the page learns of changes: told by the server, by asking now and then, or not at all while somebody reads. */
export type Following = "told" | "asking" | "paused";

let paused = false;
let told = false;
let held = 0;
const listeners = new Set<() => void>();

function changed(): void {
  for (const listener of listeners) listener();
}

export function setPaused(next: boolean): void {
  paused = next;
  changed();
}

/** Said by the stream of events (shared/api/follow.ts) when it opens and when it is lost. */
export function setTold(next: boolean): void {
  if (told === next) return;
  told = next;
  changed();
}

/** Until `release` is called the page asks for nothing by itself: what it shows is being taken away. */
export function hold(): () => void {
  held += 1;
  changed();
  return function release() {
    held -= 1;
    changed();
  };
}

export function isHeld(): boolean {
  return held > 0;
}

export function following(): Following {
  if (paused) return "paused";
  return told ? "told" : "asking";
}

export function onFollowing(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useFollowing(): Following {
  return useSyncExternalStore(onFollowing, following);
}

export function usePaused(): boolean {
  return useFollowing() === "paused";
}

const LIVE_MS = 2_000;
const CALM_MS = 15_000;

/** How often to ask again. What changes all the time is asked for often: points of a series are no events. The rest
 *  is asked for only while the server cannot tell of changes by itself, and nothing is while the page is paused. */
export function pace(how: Following, changing: boolean): number | false {
  if (how === "paused") return false;
  if (changing) return LIVE_MS;
  return how === "told" ? false : CALM_MS;
}

export function useLive(changing: boolean): number | false {
  const how = useFollowing();
  const still = useSyncExternalStore(onFollowing, isHeld);
  return still ? false : pace(how, changing);
}
