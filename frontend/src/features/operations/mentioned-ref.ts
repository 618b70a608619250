/** What somebody means who types whom or what to look for: "ann" and "@ann" are a person, "models/churn" is a thing. */
export function mentionedRef(words: string): string | undefined {
  const wanted = words.trim().replace(/^@/, "");
  if (wanted === "") return undefined;
  return wanted.includes("/") ? wanted : `people/${wanted}`;
}
