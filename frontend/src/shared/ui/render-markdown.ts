import { micromark } from "micromark";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";
import { linkMentions, type Mentioned } from "./link-mentions";

/** CommonMark and tables to HTML that can do nothing: raw HTML is shown as text, links with other schemes than
 *  http, https and mailto lose their address, and pictures are never fetched. What it mentions is linked. */
export function renderMarkdown(source: string, mentions: readonly Mentioned[] = []): string {
  const html = micromark(source, {
    extensions: [gfmTable(), { disable: { null: ["labelStartImage"] } }],
    htmlExtensions: [gfmTableHtml()],
  });
  return linkMentions(html, mentions);
}
