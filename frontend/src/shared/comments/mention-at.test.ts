import { expect, test } from "vitest";
import { nameBeingTyped, withName } from "./mention-at";

test.each([
  ["@", ""],
  ["ask @an", "an"],
  ["(@ann.b", "ann.b"],
  ["ask @ann ", undefined],
  ["fraud@champ", undefined],
  ["", undefined],
])("after %s the name that is typed is %s", (text, typed) => {
  expect(nameBeingTyped(text, text.length)).toBe(typed);
});

test("a name is put where it was typed, and what follows stays", () => {
  expect(withName("ask @an why", 7, "an", "ann")).toEqual({ text: "ask @ann why", cursor: 9 });
});
