const UNMARKED = 10;
/** As many as the server answers for, and as the eye tells apart. */
const MARKED = 50;

/** Which runs are drawn as lines: the marked ones, or else the first ten. */
export function chartedIds(loaded: readonly { id: string }[], marked: readonly string[] = []): string[] {
  return marked.length > 0 ? marked.slice(0, MARKED) : loaded.slice(0, UNMARKED).map((run) => run.id);
}
