const MOST = 36_500;

/** Typed days: null for none (for ever), undefined for what is no number of days. */
export function readDays(typed: string): number | null | undefined {
  const words = typed.trim();
  if (words === "") return null;
  if (!/^\d+$/.test(words)) return undefined;
  const days = Number(words);
  return days >= 1 && days <= MOST ? days : undefined;
}
