import { expect, test } from "vitest";
import type { Ledger } from "../api/ledger";
import { fromField, intoField, keptWords } from "./listed";

const LOGGING: Ledger["logging"] = {
  share: 1,
  inputs: true,
  hashed: [],
  masked: [],
  durability: "buffered",
  keep_days: null,
};

test("what a list does not show is said", () => {
  const some = keptWords({ ...LOGGING, share: 0.1, keep_days: 30, hashed: ["iban"], masked: ["name"] });

  expect(some).toContain("10 % of predictions for 30 days");
  expect(some).toContain("refused or failed are not among them");
  expect(some).toContain("Hidden: iban, name.");
  expect(keptWords({ ...LOGGING, inputs: false })).toContain("Inputs are not kept.");
  expect(keptWords({ ...LOGGING, share: 0 })).toContain("no new predictions");
});

test("a moment goes into its field and comes out again, to the minute", () => {
  const ms = Date.UTC(2026, 10, 22, 11, 20);

  expect(fromField(intoField(ms))).toBe(ms);
  expect([intoField(undefined), fromField("")]).toEqual(["", undefined]);
});
