import { tokenColour } from "@/shared/lib/theme";

/** Colours of the present theme, for what stands around the values. */
export interface Inks {
  ink: string;
  line: string;
  strong: string;
  ground: string;
}

export function inks(): Inks {
  return {
    ink: tokenColour("--ink-2"),
    line: tokenColour("--line"),
    strong: tokenColour("--line-strong"),
    ground: tokenColour("--surface"),
  };
}

export const FONT = '11px "Inter Variable", Inter, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

/** A canvas of so many CSS pixels, empty, that is drawn on in CSS pixels whatever the screen's are. */
export function cleared(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context?.scale(ratio, ratio);
  return context;
}

export function shortLabel(text: string): string {
  return text.length > 18 ? `…${text.slice(-17)}` : text;
}

/** Text that stays readable on lines. */
export function haloText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  colours: Inks,
): void {
  context.lineWidth = 3;
  context.strokeStyle = colours.ground;
  context.strokeText(text, x, y);
  context.fillStyle = colours.ink;
  context.fillText(text, x, y);
}
