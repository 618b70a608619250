import { expect, test } from "vitest";
import { staleAfter, toldBy } from "./stale";

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

test("a comment renews what is known of what it mentions, and the list of all comments", () => {
  const data = JSON.stringify({
    subject: "runs/1",
    name: "collaboration.comment.written",
    facts: { mentions: ["people/ann", 7] },
  });
  const told = toldBy(data);

  expect(told).toEqual({ subject: "runs/1", mentioned: ["", "people/ann"] });
  expect(staleAfter("runs/1", told?.mentioned)).toEqual(
    expect.arrayContaining([
      ["mentions", ""],
      ["mentions", "people/ann"],
    ]),
  );
});

test.each([
  ['{"subject": "runs/1"}', { subject: "runs/1", mentioned: [] }],
  ['{"subject": "runs/1", "facts": {"mentions": ["x"]}}', { subject: "runs/1", mentioned: [] }],
  ['{"subject": 7}', undefined],
  ["[]", undefined],
  ["null", undefined],
  ["{", undefined],
])("what %s tells is %o", (data, told) => {
  expect(toldBy(data)).toEqual(told);
});
