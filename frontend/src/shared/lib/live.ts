import { useSyncExternalStore } from "react";

/** Whether the page follows the server by itself; paused while somebody reads closely. */
let paused = false;
const listeners = new Set<() => void>();

export function setPaused(next: boolean): void {
  paused = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePaused(): boolean {
  return useSyncExternalStore(subscribe, () => paused);
}

const LIVE_MS = 2_000;
const CALM_MS = 15_000;

/** How often to ask again: often while the thing shown is still changing, seldom otherwise, never while paused. */
export function useLive(changing: boolean): number | false {
  if (usePaused()) return false;
  return changing ? LIVE_MS : CALM_MS;
}
