import { expect, test } from "vitest";
import { spanOf } from "./span";

const MINUTE = 60_000;

test.each([
  ["an open rollout reaches to now", 0, null, 5 * MINUTE, { minutes: 6 }],
  [
    "a finished one ends a little after its end",
    0,
    3 * MINUTE,
    99 * MINUTE,
    { minutes: 4, untilMs: 3.5 * MINUTE },
  ],
  ["one of seconds is still two minutes wide", 0, 1000, MINUTE, { minutes: 2, untilMs: 31_000 }],
  ["one of a week shows its last day", 0, null, 7 * 24 * 60 * MINUTE, { minutes: 1440 }],
])("%s", (_, from, to, now, expected) => {
  expect(spanOf(from, to, now)).toEqual(expected);
});
