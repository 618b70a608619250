import { describe, expect, test } from "vitest";
import { contrast, DASHES, HUES, mark } from "./palette";

describe("data colours", () => {
  test.each([
    ["light", "#ffffff"],
    ["dark", "#1a1d22"],
  ] as const)("every hue stands out from a %s surface", (shade, surface) => {
    const pale = HUES[shade].filter((hue) => contrast(hue, surface) < 3);

    expect(pale).toEqual([]);
  });

  test("as many things as there are hues and dashes look different", () => {
    const all = HUES.light.length * DASHES.length;
    const looks = new Set(Array.from({ length: all }, (_, at) => JSON.stringify(mark(at, "light"))));

    expect(looks.size).toBe(all);
  });
});
