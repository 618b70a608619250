import type { Scale } from "./axis";
import type { Places } from "./brushes";
import { FONT, haloText, type Inks, shortLabel } from "./canvas";

/** Where the axes stand on the canvas, in CSS pixels. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Painted {
  frame: Frame;
  scales: readonly Scale[];
  places: Places;
  /** The colour of each thing. */
  colours: readonly string[];
  /** The things that are brushed; all others fade behind them. Nothing fades without a brush. */
  picked: ReadonlySet<number> | undefined;
  inks: Inks;
}

export function axisX({ left, right }: Frame, axis: number, axes: number): number {
  return axes > 1 ? left + ((right - left) * axis) / (axes - 1) : left;
}

export function paintParallel(context: CanvasRenderingContext2D, painted: Painted): void {
  const { colours, picked, inks } = painted;
  const byColour = new Map<string, number[]>();
  const faded: number[] = [];
  colours.forEach((colour, thing) => {
    if (picked && !picked.has(thing)) {
      faded.push(thing);
      return;
    }
    const same = byColour.get(colour);
    if (same) same.push(thing);
    else byColour.set(colour, [thing]);
  });
  // Browsers draw lines of one pixel several times as fast as wider ones.
  context.lineWidth = 1;
  context.globalAlpha = 0.12;
  trace(context, painted, faded, inks.strong);
  context.globalAlpha = 0.6;
  for (const [colour, things] of byColour) trace(context, painted, things, colour);
  context.globalAlpha = 1;
  paintAxes(context, painted);
}

/** One path for all lines of a colour; a missing value leaves a gap. */
function trace(
  context: CanvasRenderingContext2D,
  { frame, places }: Painted,
  things: readonly number[],
  colour: string,
): void {
  context.strokeStyle = colour;
  context.beginPath();
  for (const thing of things) {
    let drawing = false;
    places.forEach((column, axis) => {
      const place = column[thing] ?? Number.NaN;
      if (Number.isNaN(place)) {
        drawing = false;
        return;
      }
      const x = axisX(frame, axis, places.length);
      const y = frame.bottom - place * (frame.bottom - frame.top);
      if (drawing) context.lineTo(x, y);
      else context.moveTo(x, y);
      drawing = true;
    });
  }
  context.stroke();
}

function paintAxes(context: CanvasRenderingContext2D, { frame, scales, inks }: Painted): void {
  context.font = FONT;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  scales.forEach((scale, axis) => {
    const x = Math.round(axisX(frame, axis, scales.length)) + 0.5;
    context.lineWidth = 1;
    context.strokeStyle = inks.strong;
    context.beginPath();
    context.moveTo(x, frame.top);
    context.lineTo(x, frame.bottom);
    const marks = scale.ticks.map(({ at, label }) => ({
      label,
      y: Math.round(frame.bottom - at * (frame.bottom - frame.top)) + 0.5,
    }));
    for (const { y } of marks) {
      context.moveTo(x, y);
      context.lineTo(x + 5, y);
    }
    context.stroke();
    for (const { label, y } of marks) haloText(context, shortLabel(label), x + 8, y, inks);
  });
}
