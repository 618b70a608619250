import { expect, test } from "vitest";
import { renderMarkdown } from "./render-markdown";

const ONE = { text: "fraud:1", ref: "models/fraud/versions/1" };
const MANY = { text: "fraud:18", ref: "models/fraud/versions/18" };
const ANN = { text: "@ann", ref: "people/ann" };

function shown(source: string, mentions = [ONE, MANY, ANN]): string {
  return renderMarkdown(source, mentions).replace(/^<p>|<\/p>$/g, "");
}

const LINK = '<a href="/models/fraud/versions/18" data-mention="thing">fraud:18</a>';
const PERSON = '<a href="/activity?mentions=ann" data-mention="person">@ann</a>';

test.each([
  ["fraud:18", LINK],
  ["**fraud:18**, (@ann)?", `<strong>${LINK}</strong>, (${PERSON})?`],
  ["@ann's <@ann>", `${PERSON}'s &lt;${PERSON}&gt;`],
])("%s is linked", (source, html) => {
  expect(shown(source)).toBe(html);
});

test("a name with every sign that a word may have is linked", () => {
  const odd = { text: "@a.b-c+d@e.f", ref: "people/a.b-c+d@e.f" };

  expect(shown("(@a.b-c+d@e.f)", [odd])).toContain(">@a.b-c+d@e.f</a>)");
});

test.each([
  "fraud:180",
  "fraud:18-rc1",
  "my-fraud:18",
  "x/fraud:18",
  "@anna",
  "bob@ann",
  "@ann.b",
  "`fraud:18 @ann`",
  "```\n@ann\n```",
  "    @ann",
  "[fraud:18](https://example.org)",
])("%s is not", (source) => {
  expect(shown(source)).toBe(shown(source, []));
});

test.each([
  "<script>@ann</script>",
  '<img src=x onerror="@ann">',
  "<b title='fraud:18'>",
  "[x](javascript:@ann)",
])("%s stays inert", (source) => {
  const html = shown(source);

  expect(html.replaceAll(PERSON, "").replaceAll(LINK, "")).not.toMatch(/<(script|img|b)\b|javascript:/);
});

test("what the server should never have called a mention changes nothing", () => {
  const odd = [
    { text: "<b>", ref: "people/x" },
    { text: "word", ref: "javascript:alert(1)" },
    { text: "other", ref: 'people/"><img src=x>' },
  ];
  const html = shown("<b> word other", odd);

  expect(html).not.toContain("<b>");
  expect(html).not.toContain("<img");
  expect(html).not.toContain("javascript");
});
