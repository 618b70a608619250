import { expect, test } from "vitest";
import { choiceOnEnter, entryOf } from "./found";

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

test.each([
  ["the page that is called so", { current: 0, byHand: false, count: 3, fixed: 1, waiting: true }, 0],
  ["the first find", { current: 0, byHand: false, count: 2, fixed: 0, waiting: false }, 0],
  ["what was gone to by hand", { current: 2, byHand: true, count: 3, fixed: 0, waiting: true }, 2],
  [
    "nothing yet, when it was found for other words",
    { current: 0, byHand: false, count: 2, fixed: 0, waiting: true },
    "wait",
  ],
  [
    "nothing yet, when nothing was found yet",
    { current: -1, byHand: false, count: 0, fixed: 0, waiting: true },
    "wait",
  ],
  [
    "nothing, when nothing is called so",
    { current: -1, byHand: false, count: 0, fixed: 0, waiting: false },
    "nothing",
  ],
] as const)("Enter takes %s", (_, listed, taken) => {
  expect(choiceOnEnter(listed)).toBe(taken);
});
