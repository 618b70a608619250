/** What is typed of a name after the @ before the cursor; nothing where none is being typed. */
export function nameBeingTyped(text: string, cursor: number): string | undefined {
  return /(?:^|[^\p{L}\p{N}_@./:-])@([\p{L}\p{N}_.-]*)$/u.exec(text.slice(0, cursor))?.[1];
}

/** The text with the name in the place of what was typed of it, and where the cursor stands then. */
export function withName(text: string, cursor: number, typed: string, name: string) {
  const before = `${text.slice(0, cursor - typed.length)}${name} `;
  return { text: before + text.slice(cursor).replace(/^ /, ""), cursor: before.length };
}
