import { describe, expect, test } from "vitest";
import { renderMarkdown } from "./render-markdown";

describe("a stranger's Markdown", () => {
  test.each([
    ["<script>alert(1)</script>", "<script"],
    ['<img src=x onerror="alert(1)">', "<img"],
    ["![pixel](https://elsewhere.example/p.png)", "<img"],
    ["[click](javascript:alert(1))", "javascript:"],
    ["[click](data:text/html,x)", "data:"],
    ["<a href='x' style='position:fixed'>", "<a href='x'"],
  ])("%s does nothing", (source, live) => {
    expect(renderMarkdown(source)).not.toContain(live);
  });

  test("keeps its emphasis, links and tables", () => {
    const html = renderMarkdown("**a** [b](https://example.org)\n\n| c |\n|---|\n| d |");

    expect(html).toContain("<strong>a</strong>");
    expect(html).toContain('<a href="https://example.org">b</a>');
    expect(html).toContain("<td>d</td>");
  });
});
