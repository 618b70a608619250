import { micromark } from "micromark";
import { gfmTable, gfmTableHtml } from "micromark-extension-gfm-table";

/** CommonMark and tables to HTML that can do nothing: raw HTML is shown as text, links with other schemes than
 *  http, https and mailto lose their address, and pictures are never fetched. */
export function renderMarkdown(source: string): string {
  return micromark(source, {
    extensions: [gfmTable(), { disable: { null: ["labelStartImage"] } }],
    htmlExtensions: [gfmTableHtml()],
  });
}
