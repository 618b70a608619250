/** One hue from pale to strong: order is read from lightness, also by those who see no colour. */
const RAMP = {
  light: ["#c3d4ee", "#7f9fd6", "#3a66b8", "#12306b"],
  dark: ["#2c3a57", "#4f6ea8", "#86a9ea", "#dbe6ff"],
} as const;

export const SHADES = 24;

function channels(colour: string): number[] {
  return [1, 3, 5].map((from) => Number.parseInt(colour.slice(from, from + 2), 16));
}

/** SHADES colours from the pale end to the strong one. */
export function ramp(shade: "light" | "dark"): string[] {
  const stops = RAMP[shade].map(channels);
  return Array.from({ length: SHADES }, (_, at) => {
    const place = (at / (SHADES - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    const mixed = [0, 1, 2].map((channel) => {
      const [a, b] = [stops[below]?.[channel] ?? 0, stops[below + 1]?.[channel] ?? 0];
      return Math.round(a + (b - a) * (place - below));
    });
    return `rgb(${mixed.join(" ")})`;
  });
}

/** Which of the colours a place on a scale has; undefined for none. */
export function shadeAt(place: number): number | undefined {
  return Number.isNaN(place) ? undefined : Math.min(SHADES - 1, Math.floor(place * SHADES));
}

export function rampGradient(shade: "light" | "dark"): string {
  return `linear-gradient(to top, ${RAMP[shade].join(", ")})`;
}
