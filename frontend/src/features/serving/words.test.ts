import { describe, expect, test } from "vitest";
import { errorShare, milliseconds, percent, perSecond, trafficWords } from "./words";

function route(number: number, share: number, mode: "live" | "shadow" = "live") {
  return { id: `r${number}`, version: { model: "fraud", number }, share, mode, state: "ready" };
}

describe("figures of a deployment", () => {
  test.each([
    [0.125, "12.5 %"],
    [1, "100 %"],
    [0, "0 %"],
    [0.0004, "0.04 %"],
    [null, "–"],
  ])("the share %s reads %s", (share, words) => {
    expect(percent(share)).toBe(words);
  });

  test.each([
    [0, 300, "0 /s"],
    [3000, 300, "10 /s"],
    [3, 300, "0.6 /min"],
  ])("%d requests in %d seconds read %s", (requests, seconds, words) => {
    expect(perSecond(requests, seconds)).toBe(words);
  });

  test("what nobody asked has no errors and no latency", () => {
    const nothing = {
      seconds: 300,
      requests: 0,
      rows: 0,
      errors: 0,
      refused: 0,
      p50_ms: null,
      p99_ms: null,
      compared: 0,
      differing: 0,
    };

    expect([errorShare(nothing), milliseconds(nothing.p99_ms)]).toEqual(["–", "–"]);
  });
});

test("who answers stands in one line, and who only sees copies after it", () => {
  const routes = [route(17, 0.9), route(18, 0.1), route(16, 0), route(19, 1, "shadow")];

  expect(trafficWords(routes)).toBe("fraud:17 90 %, fraud:18 10 %; copies to fraud:19");
});
