import { describe, expect, test } from "vitest";
import { parseTable, prettyJson, previewKind } from "./preview-kind";

describe("what a file may be shown as", () => {
  test.each([
    ["plots/confusion.PNG", "image"],
    ["scores.csv", "table"],
    ["model/MLmodel", "text"],
    ["report.html", "text"],
    ["logo.svg", "text"],
    ["config.json", "json"],
    ["model.pkl", "none"],
    ["model.png.exe", "none"],
  ])("%s is shown as %s", (path, kind) => {
    expect(previewKind(path)).toBe(kind);
  });
});

describe("delimited text", () => {
  test("keeps quoted separators, quotes and line breaks", () => {
    expect(parseTable('a,"b, ""c"""\r\n"d\ne",f', ",", 10)).toEqual([
      ["a", 'b, "c"'],
      ["d\ne", "f"],
    ]);
  });

  test("stops at the wanted number of rows", () => {
    expect(parseTable("a\nb\nc\n", ",", 2)).toEqual([["a"], ["b"]]);
  });

  test("is nothing when the file is empty", () => {
    expect(parseTable("", ",", 5)).toEqual([]);
  });
});

test("JSON that was cut short is shown as it stands", () => {
  expect([prettyJson('{"a":1}'), prettyJson('{"a":')]).toEqual(['{\n  "a": 1\n}', '{"a":']);
});
