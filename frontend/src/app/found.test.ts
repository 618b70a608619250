import { expect, test } from "vitest";
import { entryOf } from "./found";

test("a reference is an address, whatever is in a name", () => {
  const found = {
    kind: "version",
    ref: "models/a b?/versions/3",
    title: "a b? version 3",
    detail: "sha256:0123456789abcdef",
  };

  expect(entryOf(found)).toMatchObject({ id: "/models/a%20b%3F/versions/3", detail: "sha256:01234567" });
});

test("a kind of thing that this page does not know yet is still shown", () => {
  expect(entryOf({ kind: "robot", ref: "robots/x", title: "x", detail: "" }).icon).toBe("search");
});
