import type { Scale } from "./axis";
import { FONT, type Inks, shortLabel } from "./canvas";
import type { Frame } from "./paint-parallel";

/** A thing on the canvas, in CSS pixels. */
export interface Dot {
  thing: number;
  x: number;
  y: number;
}

interface Painted {
  frame: Frame;
  scales: { x: Scale; y: Scale };
  titles: { x: string; y: string };
  dots: readonly Dot[];
  colour: string;
  inks: Inks;
}

const RADIUS = 4;

export function paintScatter(context: CanvasRenderingContext2D, painted: Painted): void {
  paintGrid(context, painted);
  context.fillStyle = painted.colour;
  context.globalAlpha = 0.6;
  for (const { x, y } of painted.dots) {
    context.beginPath();
    context.arc(x, y, RADIUS, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

function paintGrid(context: CanvasRenderingContext2D, { frame, scales, titles, inks }: Painted): void {
  const { left, right, top, bottom } = frame;
  const across = scales.x.ticks.map(({ at, label }) => ({
    label,
    x: Math.round(left + at * (right - left)) + 0.5,
  }));
  const up = scales.y.ticks.map(({ at, label }) => ({
    label,
    y: Math.round(bottom - at * (bottom - top)) + 0.5,
  }));
  context.lineWidth = 1;
  context.strokeStyle = inks.line;
  context.beginPath();
  for (const { x } of across) {
    context.moveTo(x, top);
    context.lineTo(x, bottom);
  }
  for (const { y } of up) {
    context.moveTo(left, y);
    context.lineTo(right, y);
  }
  context.stroke();
  context.font = FONT;
  context.fillStyle = inks.ink;
  context.textAlign = "center";
  context.textBaseline = "top";
  // A label that would run into the one before it is left out.
  let free = Number.NEGATIVE_INFINITY;
  for (const { x, label } of across) {
    const text = shortLabel(label);
    const half = context.measureText(text).width / 2;
    if (x - half < free) continue;
    context.fillText(text, x, bottom + 8);
    free = x + half + 8;
  }
  context.fillText(titles.x, (left + right) / 2, bottom + 30);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { y, label } of up) context.fillText(shortLabel(label), left - 8, y);
  context.save();
  context.translate(10, (top + bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = "center";
  context.fillText(titles.y, 0, 0);
  context.restore();
}

/** The dot nearest to a place, if one is within reach. */
export function nearest(dots: readonly Dot[], x: number, y: number, reach: number): Dot | undefined {
  let found: Dot | undefined;
  let best = reach;
  for (const dot of dots) {
    const far = Math.hypot(dot.x - x, dot.y - y);
    if (far <= best) [found, best] = [dot, far];
  }
  return found;
}
