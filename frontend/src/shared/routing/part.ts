/** What `lazyRouteComponent` makes: a component whose code comes on its own. */
interface Part {
  preload?: (() => Promise<unknown> | undefined) | undefined;
}

/** Fetches the code of the parts that a page will show, beside the page's own. A route's `loader` waits for it: a part
 *  that is there when it is first drawn has no waiting face, and React keeps one that it has shown for 300 ms. */
export function codeOf(...parts: readonly Part[]): Promise<unknown> {
  return Promise.all(parts.map((part) => part.preload?.()));
}
