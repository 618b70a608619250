import { prefix } from "@/shared/lib/place";
import { addressOf } from "@/shared/routing/reference";

export interface Mentioned {
  /** As it stands in the text. */
  text: string;
  ref: string;
}

const LETTER = "[\\p{L}\\p{N}_]";

/** Rendered Markdown with links where something is mentioned: whole words, outside of code and other links. Only texts
 *  that the server found in it are looked for, and only they are wrapped, as they stand. */
export function linkMentions(html: string, mentions: readonly Mentioned[]): string {
  const links = new Map(mentions.flatMap(linkOf));
  if (links.size === 0) return html;
  // The longest first: "fraud:1" is also the beginning of "fraud:18".
  const words = [...links.keys()].sort((a, b) => b.length - a.length).map(literally);
  const whole = new RegExp(
    `(?<![\\p{L}\\p{N}_@./:&-])(?:${words.join("|")})(?!${LETTER}|[-./:@]+${LETTER})`,
    "gu",
  );
  let closed = 0;
  // What the renderer writes has no ">" inside of a tag, so tags and text can be told apart like this.
  return html
    .split(/(<[^>]*>)/)
    .map((part) => {
      if (/^<(a|code)\b/.test(part)) closed += 1;
      else if (/^<\/(a|code)>/.test(part)) closed -= 1;
      return part.startsWith("<") || closed > 0
        ? part
        : part.replace(whole, (word) => links.get(word) ?? word);
    })
    .join("");
}

function linkOf({ text, ref }: Mentioned): [string, string][] {
  const address = addressOf(ref);
  if (address === undefined || /[<>&"']/.test(text)) return [];
  const kind = ref.startsWith("people/") ? "person" : "thing";
  const href = `${prefix}${address}`.replaceAll("'", "%27");
  return [[text, `<a href="${href}" data-mention="${kind}">${text}</a>`]];
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
