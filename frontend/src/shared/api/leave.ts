import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { hold } from "@/shared/lib/live";

interface Leaving {
  /** What every question about the thing begins with. */
  about: readonly QueryKey[];
  /** Has the server delete it; what it refuses is thrown, and the page stays. */
  remove: () => Promise<unknown>;
  /** Goes to where the thing is not. */
  go: () => Promise<unknown>;
}

/** Deletes what a page shows and leaves the page. The server tells of the deletion while the page still stands, so from
 *  the order until nothing looks at the thing any more nothing is asked again: every question would be refused. */
export async function deleteAndLeave(client: QueryClient, { about, remove, go }: Leaving): Promise<void> {
  const release = hold();
  try {
    await remove();
    await Promise.all(about.map((queryKey) => client.cancelQueries({ queryKey })));
    await go();
    await Promise.all(about.map((queryKey) => unwatched(client, queryKey)));
    for (const queryKey of about) client.removeQueries({ queryKey });
  } finally {
    release();
  }
  await client.invalidateQueries();
}

/** Resolves once no part of the page looks at an answer about `queryKey`. */
function unwatched(client: QueryClient, queryKey: QueryKey): Promise<void> {
  const cache = client.getQueryCache();
  const watched = () => cache.findAll({ queryKey }).some((query) => query.getObserversCount() > 0);
  return new Promise((done) => {
    if (!watched()) return done();
    const forget = cache.subscribe(() => {
      if (watched()) return;
      forget();
      done();
    });
  });
}
