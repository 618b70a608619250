/** Readers of the part after "?" in an address. What does not fit is as if it were not there: an address
 *  typed by hand or kept since an older release must still open. */
export type RawSearch = Record<string, unknown>;

export function text(raw: RawSearch, key: string): string | undefined {
  const value = raw[key];
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function oneOf<Word extends string>(
  raw: RawSearch,
  key: string,
  words: readonly Word[],
): Word | undefined {
  return words.find((word) => word === raw[key]);
}

export function number(raw: RawSearch, key: string): number | undefined {
  const value = Number(raw[key] ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

export function list(raw: RawSearch, key: string): string[] | undefined {
  const value = raw[key];
  if (!Array.isArray(value)) return undefined;
  const words = value.filter((item): item is string => typeof item === "string");
  return words.length > 0 ? words : undefined;
}

export function pair(raw: RawSearch, key: string): [number, number] | undefined {
  const value = raw[key];
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [from, to] = value.map(Number) as [number, number];
  return Number.isFinite(from) && Number.isFinite(to) && from < to ? [from, to] : undefined;
}

type Compact<Value> = { [Key in keyof Value]?: Exclude<Value[Key], undefined> };

/** Leaves out what is undefined, so that a default view has a clean address. */
export function compact<Value extends object>(value: Value): Compact<Value> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Compact<Value>;
}
