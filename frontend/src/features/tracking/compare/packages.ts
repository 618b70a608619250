import type { Field } from "@/shared/files/signature";
import { type CompareRow, rowOf } from "./differences";

/** What a run packed with its model: which libraries it needs, and what it takes and gives. */
export interface Packed {
  libraries: ReadonlyMap<string, string>;
  signature: readonly Field[];
}

export const NOTHING_PACKED: Packed = { libraries: new Map(), signature: [] };

/** Libraries and what is asked of each, out of a requirements.txt; comments, options and addresses say nothing here. */
export function readLibraries(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const raw of text.split("\n")) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    const parts = /^([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(.*)$/.exec(line);
    if (parts?.[1] && !line.includes("://")) {
      found.set(parts[1].toLowerCase().replaceAll(/[-_.]+/g, "-"), parts[3]?.replace(/^==\s*/, "") || "any");
    }
  }
  return found;
}

function fieldWords(field: Field): string {
  return [field.type, field.shape && `[${field.shape}]`, !field.required && "optional"]
    .filter(Boolean)
    .join(" ");
}

export function libraryRows(packed: readonly Packed[]): CompareRow[] {
  return aligned(packed.map((one) => one.libraries));
}

export function signatureRows(packed: readonly Packed[]): CompareRow[] {
  return aligned(
    packed.map((one) => new Map(one.signature.map((field) => [nameOf(field, one), fieldWords(field)]))),
  );
}

/** A field without a name goes by its place on its side. */
function nameOf(field: Field, { signature }: Packed): string {
  const place = signature.filter((other) => other.side === field.side).indexOf(field) + 1;
  return `${field.side} ${field.name || place}`;
}

function aligned(columns: readonly ReadonlyMap<string, string>[]): CompareRow[] {
  const keys = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  return keys.map((key) =>
    rowOf(
      key,
      columns.map((column) => column.get(key) ?? null),
    ),
  );
}
