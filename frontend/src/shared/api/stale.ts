import type { QueryKey } from "@tanstack/react-query";

/** Which answers an event about `subject` makes stale. Lists are kept under the plural noun and single things under
 *  the singular one with their id, so a new feature whose keys follow that needs no line here. */
export function staleAfter(subject: string): QueryKey[] {
  const [noun = "", id = ""] = subject.split("/");
  const about = [["events"], ["comments", subject], ["views", subject]];
  if (noun === "runs") {
    // Not every question about runs: which columns there are is a long one, and seldom has a new answer. Experiments
    // tell how many runs they have.
    const asked = ["search", "groups", "compare"].map((question) => ["runs", question]);
    return [["run", id], ["experiments"], ...asked, ...about];
  }
  return [[noun], [singular(noun), id], ...about];
}

function singular(noun: string): string {
  return noun.endsWith("s") ? noun.slice(0, -1) : noun;
}

/** The subject in an event of the stream; nothing for what cannot be read. */
export function subjectOf(data: string): string | undefined {
  try {
    const event: unknown = JSON.parse(data);
    const subject =
      typeof event === "object" && event !== null && "subject" in event ? event.subject : undefined;
    return typeof subject === "string" ? subject : undefined;
  } catch {
    return undefined;
  }
}
