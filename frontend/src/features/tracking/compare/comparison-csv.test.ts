import { expect, test } from "vitest";
import { comparisonCsv } from "./comparison-csv";

test("a comparison is a file with a column for each run, inert in a spreadsheet", () => {
  const runs = [
    { id: "4a", name: "=cmd()" },
    { id: "5b", name: "second" },
  ];
  const rows = [
    { key: "auc", values: [0.5, null], differs: true },
    { key: "note", values: ["a, b", "a, b"], differs: false },
  ];

  expect(comparisonCsv(runs, [{ title: "Metrics", rows }]).split("\r\n")).toEqual([
    "about,key,differs,'=cmd(),second",
    "Run,run_id,yes,4a,5b",
    "Metrics,auc,yes,0.5,",
    'Metrics,note,no,"a, b","a, b"',
  ]);
});
