import type { QueryKey } from "@tanstack/react-query";

/** Which answers an event about `subject` makes stale. Lists are kept under the plural noun and single things under
 *  the singular one with their id, so a new feature whose keys follow that needs no line here. */
export function staleAfter(subject: string): QueryKey[] {
  const [noun = "", id = ""] = subject.split("/");
  if (noun === "runs") {
    // Not every question about runs: which columns there are is a long one, and seldom has a new answer.
    return [["run", id], ["runs", "search"], ["runs", "groups"], ["runs", "compare"], ["events"]];
  }
  return [[noun], [singular(noun), id], ["events"]];
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
