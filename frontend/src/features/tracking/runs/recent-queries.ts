const KEPT = "modelwright-queries";
const MOST = 8;

/** With this query before the others, each once. */
export function withQuery(known: readonly string[], query: string): string[] {
  return [query, ...known.filter((one) => one !== query)].slice(0, MOST);
}

/** The queries that were asked in this browser, newest first. The browser's storage is read when somebody reaches for
 *  the box, not before: it answers after tens of milliseconds on a first visit. */
export function recentQueries(): string[] {
  try {
    const read: unknown = JSON.parse(window.localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(read) ? read.filter((item): item is string => typeof item === "string") : [];
  } catch {
    return []; // no storage, or not what we wrote: then nothing is remembered
  }
}

export function rememberQuery(query: string): void {
  if (query === "") return;
  try {
    window.localStorage.setItem(KEPT, JSON.stringify(withQuery(recentQueries(), query)));
  } catch {
    // A browser that keeps nothing, or is full, may still ask.
  }
}
