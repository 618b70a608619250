/** Stands for `sessionStorage` in the router (vite.config.ts), which looks there for what was scrolled to before it
 *  draws anything. On the way to a page there is nothing to find, and the browser takes tens of milliseconds to say
 *  so; it is asked only after a reload or on the way back. */
export const scrollMemory = {
  getItem(key: string): string | null {
    return cameBack() ? window.sessionStorage.getItem(key) : null;
  },

  setItem(key: string, value: string): void {
    const unread = cameBack() ? null : window.sessionStorage.getItem(key);
    window.sessionStorage.setItem(key, unread === null ? value : joined(unread, value));
  },
};

function cameBack(): boolean {
  const [visit] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return visit?.type !== "navigate";
}

/** What an earlier page of this tab kept, with what this one keeps; both are objects, or else the later one stands. */
export function joined(earlier: string, later: string): string {
  const [before, after] = [readObject(earlier), readObject(later)];
  return before && after ? JSON.stringify({ ...before, ...after }) : later;
}

function readObject(text: string): object | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null ? read : undefined;
  } catch {
    return undefined;
  }
}
