import type { RunColumns } from "../api/runs";
import { reference } from "./runs-search";

export interface Suggestion {
  text: string;
  hint: string;
  /** It is a whole query instead of a piece of one. */
  whole?: true;
}

const ATTRIBUTES: Suggestion[] = [
  { text: "attributes.status = 'FINISHED'", hint: "state" },
  { text: "attributes.run_name LIKE '%…%'", hint: "name contains" },
  { text: "attributes.user_id = ''", hint: "who" },
  { text: "attributes.start_time > 0", hint: "epoch ms" },
];
const OPERATORS = {
  metrics: [">", "<", ">=", "<=", "=", "!="],
  params: ["=", "!=", "LIKE", "ILIKE"],
} as const;
const SHOWN = 30;

/** The piece of the query that the cursor stands in: from the last AND (or the start) to the cursor. */
export function pieceAt(query: string, cursor: number): { from: number; text: string } {
  const before = query.slice(0, cursor);
  const ands = [...before.matchAll(/\band\s+/gi)];
  const last = ands.at(-1);
  const from = last ? last.index + last[0].length : before.length - before.trimStart().length;
  return { from, text: before.slice(from) };
}

/** What could stand at the cursor, given the keys that the runs have. */
export function complete(query: string, cursor: number, known: RunColumns): Suggestion[] {
  const { text } = pieceAt(query, cursor);
  const keys: Suggestion[] = [
    ...known.metrics.map(({ key, runs }) => ({ text: reference("metrics", key), hint: `metric of ${runs}` })),
    ...known.params.map(({ key, distinct }) => ({
      text: reference("params", key),
      hint: `${distinct} values`,
    })),
    ...known.tags.map(({ key, runs }) => ({ text: reference("tags", key), hint: `tag of ${runs}` })),
  ];
  const whole = keys.find((key) => text.startsWith(`${key.text} `));
  if (whole) {
    const rest = text.slice(whole.text.length + 1).trim();
    if (rest !== "") return [];
    const kind = whole.text.startsWith("metrics.") ? "metrics" : "params";
    return OPERATORS[kind].map((operator) => ({ text: `${whole.text} ${operator} `, hint: "" }));
  }
  const lower = text.trim().toLowerCase().replaceAll("`", "");
  const all = [...keys, ...ATTRIBUTES];
  return all.filter((item) => item.text.toLowerCase().replaceAll("`", "").includes(lower)).slice(0, SHOWN);
}

/** The query with the piece at the cursor replaced, and where the cursor then stands. */
export function apply(
  query: string,
  cursor: number,
  suggestion: Suggestion,
): { query: string; cursor: number } {
  const { from } = pieceAt(query, cursor);
  const gap = /\s$/.test(suggestion.text) ? "" : " ";
  const next = query.slice(0, from) + suggestion.text + gap;
  return { query: next + query.slice(cursor).trimStart(), cursor: next.length };
}

/** The characters of the query that the server names as wrong. */
export function placeOf(
  facts: Readonly<Record<string, unknown>>,
): { start: number; end: number } | undefined {
  const { start, end } = facts;
  return typeof start === "number" && typeof end === "number" ? { start, end } : undefined;
}
