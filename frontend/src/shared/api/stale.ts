import type { QueryKey } from "@tanstack/react-query";

/** Which answers an event about `subject` makes stale. Lists are kept under the plural noun and single things under
 *  the singular one with their id, so a new feature whose keys follow that needs no line here. A comment changes also
 *  what is known of the things and people that it mentions. */
export function staleAfter(subject: string, mentioned: readonly string[] = []): QueryKey[] {
  const [noun = "", id = ""] = subject.split("/");
  const about = [
    ["events"],
    ["comments", subject],
    ["views", subject],
    ...mentioned.map((ref) => ["mentions", ref]),
  ];
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

export interface Told {
  subject: string;
  mentioned: string[];
}

/** What an event of the stream is about, and what it mentions; nothing for what cannot be read. */
export function toldBy(data: string): Told | undefined {
  try {
    const event: unknown = JSON.parse(data);
    const subject = field(event, "subject");
    if (typeof subject !== "string") return undefined;
    const mentions = field(field(event, "facts"), "mentions");
    const refs = Array.isArray(mentions) ? mentions.filter((ref) => typeof ref === "string") : [];
    // Every comment is news for the list of all of them.
    const isComment = String(field(event, "name")).startsWith("collaboration.comment.");
    return { subject, mentioned: isComment ? ["", ...refs] : [] };
  } catch {
    return undefined;
  }
}

function field(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
