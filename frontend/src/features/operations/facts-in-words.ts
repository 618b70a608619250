const LONGEST = 90;

function word(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** An event's facts on one line: "from 3, to 4"; its own name is left out. */
export function factsInWords(facts: unknown): string {
  if (typeof facts !== "object" || facts === null) return "";
  return Object.entries(facts)
    .filter(([key, value]) => key !== "event" && value !== null && value !== "")
    .map(([key, value]) => `${key.replaceAll("_", " ")} ${word(value)}`)
    .join(", ");
}
