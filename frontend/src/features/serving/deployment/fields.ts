import type { Signature } from "../api/serving";

export type Input = Signature["inputs"][number];

export type FieldKind = "number" | "integer" | "boolean" | "text" | "json";

const WHOLE_NUMBERS = /^U?INT\d+$/;

export function fieldKind({ kind, dims }: Pick<Input, "kind" | "dims">): FieldKind {
  if (dims.length > 0) return "json";
  if (kind === "BOOL") return "boolean";
  if (kind === "BYTES") return "text";
  if (kind === "JSON") return "json";
  return WHOLE_NUMBERS.test(kind) ? "integer" : "number";
}

const KIND_WORDS: Record<FieldKind, string> = {
  number: "A number",
  integer: "A whole number",
  boolean: "true or false",
  text: "Text",
  json: "JSON",
};

/** What belongs into a field, in words, with the type as it goes over the wire: "A number (FP64), optional". */
export function typeWords(input: Pick<Input, "kind" | "dims" | "required">): string {
  const { kind, dims, required } = input;
  const what =
    dims.length > 0 ? `A list in JSON, of shape ${shapeWords(dims)}` : KIND_WORDS[fieldKind(input)];
  const wire = kind === "JSON" ? "" : ` (${kind})`;
  return `${what}${wire}${required ? "" : ", optional"}`;
}

function shapeWords(dims: readonly number[]): string {
  return dims.map((size) => (size < 0 ? "any" : size)).join(" × ");
}

export function nameOf(input: Pick<Input, "name">, at: number): string {
  return input.name ?? `input-${at}`;
}

/** What a field holds at first: the example's value, so that one click already gives an answer. */
export function startValue(value: unknown, kind: FieldKind): string {
  if (value === null || value === undefined) return kind === "boolean" ? "false" : "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export interface Read {
  row: Record<string, unknown>;
  /** By the column's name, in words. */
  problems: Record<string, string>;
}

function read(text: string, kind: FieldKind): unknown {
  if (kind === "text") return text;
  if (kind === "boolean") return text === "true";
  if (kind === "json") return JSON.parse(text);
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error("Not a number.");
  if (kind === "integer" && !Number.isInteger(value)) throw new Error("Not a whole number.");
  return value;
}

/** The row that the fields stand for. An empty field of an optional column is left out. */
export function readRow(inputs: readonly Input[], texts: Readonly<Record<string, string>>): Read {
  const row: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  inputs.forEach((input, at) => {
    const name = nameOf(input, at);
    const kind = fieldKind(input);
    const text = texts[name] ?? "";
    if (text.trim() === "" && kind !== "text") {
      if (input.required) problems[name] = "Needed.";
      return;
    }
    if (text === "" && !input.required) return;
    try {
      row[name] = read(text, kind);
    } catch (error) {
      problems[name] = kind === "json" ? "Not JSON." : (error as Error).message;
    }
  });
  return { row, problems };
}

/** Rows as the server takes them: columns of a table as objects, tensors as one nested list of one row each. */
export function requestOf(row: Readonly<Record<string, unknown>>, tensors: boolean) {
  if (!tensors) return { rows: [{ ...row }] };
  return { columns: Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value]])) };
}

interface TypedRequest {
  rows?: Record<string, unknown>[];
  columns?: Record<string, unknown[]>;
}

/** A request typed as JSON: `{"rows": …}`, `{"columns": …}`, a list of rows, or one row. Throws what is wrong. */
export function requestFrom(text: string): TypedRequest {
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) return { rows: value as Record<string, unknown>[] };
  if (typeof value !== "object" || value === null) throw new Error("Write an object, or a list of objects.");
  if ("rows" in value || "columns" in value) return value as TypedRequest;
  return { rows: [value as Record<string, unknown>] };
}
