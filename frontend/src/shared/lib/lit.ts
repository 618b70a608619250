import { useSyncExternalStore } from "react";

/** The run that is pointed at anywhere on the page; every chart shows it strong and the others pale. */
let lit: string | null = null;
const listeners = new Set<() => void>();

export function light(key: string | null): void {
  if (key === lit) return;
  lit = key;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLit(): string | null {
  return useSyncExternalStore(subscribe, () => lit);
}
