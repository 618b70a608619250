/** The part of an axis that is brushed, from 0 at its low end to 1 at its high one. */
export type Range = readonly [number, number];

/** Where each thing stands on each axis: `places[axis][thing]`, NaN where it has no value. */
export type Places = readonly Float64Array[];

// What a thumb moved by keys rounds to must not leave out the value that stands there.
const NEARLY = 1e-6;

/** The things inside every brush, in their order; nothing is picked where nothing is brushed. */
export function pickedBy(brushes: ReadonlyMap<number, Range>, places: Places): number[] {
  if (brushes.size === 0) return [];
  const count = places[0]?.length ?? 0;
  const picked: number[] = [];
  for (let thing = 0; thing < count; thing += 1) {
    const inside = [...brushes].every(([axis, [low, high]]) => {
      const place = places[axis]?.[thing] ?? Number.NaN;
      return place >= low - NEARLY && place <= high + NEARLY;
    });
    if (inside) picked.push(thing);
  }
  return picked;
}

const GRIP = 0.015;

/** What a drag from one place to another makes of a brush: its nearest edge moves when the drag begins at one, a new
 *  brush begins elsewhere. A click beside it clears it. */
export function dragged(brush: Range | undefined, from: number, to: number): Range | undefined {
  const held = brush && [0, 1].find((edge) => Math.abs((brush[edge] as number) - from) <= GRIP);
  const other = brush && held !== undefined ? (brush[1 - held] as number) : from;
  const range: Range = [Math.max(0, Math.min(other, to)), Math.min(1, Math.max(other, to))];
  return range[1] - range[0] < GRIP / 2 ? undefined : range;
}
