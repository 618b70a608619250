import { expect, test } from "vitest";
import { staleAfter, subjectOf } from "./stale";

test("an event about a model renews the model, with its versions, and the list of models", () => {
  expect(staleAfter("models/fraud/versions/3")).toEqual([
    ["models"],
    ["model", "fraud"],
    ["events"],
    ["comments", "models/fraud/versions/3"],
    ["views", "models/fraud/versions/3"],
  ]);
});

test("an event about a run renews what is said about it and how many runs the experiments have", () => {
  expect(staleAfter("runs/4a1f").map((key) => key.join())).toEqual(
    expect.arrayContaining(["run,4a1f", "comments,runs/4a1f", "experiments"]),
  );
});

test("an event about a run leaves alone which columns there are", () => {
  expect(staleAfter("runs/4a1f").map((key) => key.join())).not.toContain("runs");
});

test.each([
  ['{"subject": "runs/1"}', "runs/1"],
  ['{"subject": 7}', undefined],
  ["[]", undefined],
  ["{", undefined],
])("the subject in %s is %s", (data, subject) => {
  expect(subjectOf(data)).toBe(subject);
});
