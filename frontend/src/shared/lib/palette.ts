/** Eight hues that people with any common colour-vision deficiency tell apart (after Okabe and Ito,
 *  "Color Universal Design", 2008), moved in lightness until each has at least 3:1 against its ground. */
export const HUES = {
  light: ["#0068a8", "#c24e00", "#007a5a", "#a8457f", "#7a6a00", "#5a4fc4", "#3f7f93", "#6b4a2f"],
  dark: ["#5ab4f0", "#ff8a4a", "#3fc79b", "#e58fc0", "#e0c93f", "#a99bff", "#7fd0e6", "#cba27c"],
} as const;

/** After all hues are used once, the line style changes, so that 32 runs differ without relying on colour. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3]];

export interface Mark {
  colour: string;
  dash: readonly number[];
}

/** The mark of the n-th thing shown. */
export function mark(index: number, shade: "light" | "dark"): Mark {
  const hues = HUES[shade];
  return {
    colour: hues[index % hues.length] as string,
    dash: DASHES[Math.floor(index / hues.length) % DASHES.length] as readonly number[],
  };
}

/** Relative luminance contrast of two #rrggbb colours (WCAG 2.2). */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
