import type { PointerEvent } from "react";
import { useRef } from "react";
import type { Scale } from "./axis";
import { dragged, type Range } from "./brushes";
import css from "./parallel-chart.module.css";

interface AxisBrushProps {
  label: string;
  scale: Scale;
  range: Range | undefined;
  onRange: (range: Range | undefined) => void;
  /** Where the axis stands, in CSS pixels of the chart. */
  x: number;
  top: number;
  height: number;
}

const STEPS = 100;

/** The part of an axis that is brushed: dragged with a pointer, or moved at either end with the arrow keys. */
export function AxisBrush({ label, scale, range, onRange, x, top, height }: AxisBrushProps) {
  const drag = useRef<{ from: number; brush: Range | undefined }>(null);
  const [low, high] = range ?? [0, 1];
  const placeOf = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return 1 - (event.clientY - box.top) / box.height;
  };
  const end = (name: string, at: number, moved: (to: number) => Range) => (
    <input
      type="range"
      className="visually-hidden"
      aria-label={`${label}: ${name} that is brushed`}
      aria-valuetext={scale.say(at)}
      min={0}
      max={STEPS}
      value={Math.round(at * STEPS)}
      onChange={(event) => {
        const next = moved(Number(event.target.value) / STEPS);
        onRange(next[0] <= 0 && next[1] >= 1 ? undefined : next);
      }}
      onKeyDown={(event) => event.key === "Escape" && onRange(undefined)}
    />
  );
  return (
    <div
      className={css.strip}
      style={{ left: x, top, height }}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { from: placeOf(event), brush: range };
        onRange(dragged(range, placeOf(event), placeOf(event)));
      }}
      onPointerMove={(event) => {
        if (drag.current) onRange(dragged(drag.current.brush, drag.current.from, placeOf(event)));
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
    >
      <div
        className={range ? css.brush : css.unbrushed}
        style={{ top: `${(1 - high) * 100}%`, height: `${(high - low) * 100}%` }}
      />
      {end("lowest", low, (to) => [Math.min(to, high), high])}
      {end("highest", high, (to) => [low, Math.max(to, low)])}
    </div>
  );
}
