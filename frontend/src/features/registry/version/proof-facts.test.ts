import { describe, expect, test } from "vitest";
import { proofFacts, proofWords } from "./proof-facts";

const NOTHING = {
  state: "none" as const,
  stage: "",
  reason: "",
  environment_s: null,
  load_s: null,
  cold_start_s: null,
  memory_bytes: null,
};

describe("a load-proof", () => {
  test("gives what was measured, and nothing for what was not", () => {
    const finding = { ...NOTHING, state: "proven" as const, cold_start_s: 1.25, memory_bytes: 88_000_000 };

    expect(proofFacts({ finding, size_bytes: 1500 })).toEqual([
      ["First answer after", "1 s"],
      ["Most memory", "88.0 MB"],
      ["Size", "1.5 kB"],
    ]);
  });

  test("says where it failed and why", () => {
    const finding = { ...NOTHING, state: "failed" as const, stage: "load", reason: "No module named 'foo'" };

    expect(proofWords({ manifest: "sha256:00", finding })).toContain(
      "at the stage “load”: No module named 'foo'.",
    );
  });

  test("cannot be had for what only clients read", () => {
    expect(proofWords({ manifest: null, finding: NOTHING })).toContain("not in this server's store");
  });
});
