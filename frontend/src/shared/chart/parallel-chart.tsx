import { useEffect, useMemo, useRef, useState } from "react";
import { useShade } from "@/shared/lib/theme";
import { type Axis, scaleOf } from "./axis";
import { AxisBrush } from "./axis-brush";
import { type Places, pickedBy, type Range } from "./brushes";
import { cleared, inks } from "./canvas";
import over from "./canvas.module.css";
import { axisX, type Frame, paintParallel } from "./paint-parallel";
import css from "./parallel-chart.module.css";
import { ramp, rampGradient, shadeAt } from "./ramp";
import { useWidth } from "./use-width";

interface ParallelChartProps {
  label: string;
  axes: readonly Axis[];
  /** The numeric axis whose values colour the lines. */
  by: Axis | undefined;
  /** Logarithms on the axes that are wide enough. */
  log: boolean;
  /** Told of the things inside every brush, by their places in the axes' values. */
  onPicked: (picked: readonly number[]) => void;
}

const HEIGHT = 440;
const TOP = 44;
const BOTTOM = 14;
const SIDE = 64;
/** Axes that stand closer than this hide each other's labels: a narrow screen scrolls instead. */
const APART = 92;
const NO_BRUSHES: ReadonlyMap<number, Range> = new Map();
const NONE: readonly number[] = [];

/** Many things as lines over several axes. Brushing an axis keeps the lines through its brushed part. */
export function ParallelChart({ label, axes, by, log, onPicked }: ParallelChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const shade = useShade();
  const [brushes, setBrushes] = useState(NO_BRUSHES);
  const scales = useMemo(() => axes.map((axis) => scaleOf(axis, log)), [axes, log]);
  const places = useMemo<Places>(
    () =>
      axes.map((axis, at) => Float64Array.from(axis.values, (value) => scales[at]?.at(value) ?? Number.NaN)),
    [axes, scales],
  );
  const shades = useMemo(
    () => Array.from(by ? (places[axes.indexOf(by)] ?? []) : [], shadeAt),
    [axes, by, places],
  );
  const picked = useMemo(() => (brushes.size > 0 ? pickedBy(brushes, places) : NONE), [brushes, places]);
  useEffect(() => onPicked(picked), [onPicked, picked]);
  const frame = useMemo<Frame>(
    () => ({ left: 16, right: width - SIDE, top: TOP, bottom: HEIGHT - BOTTOM }),
    [width],
  );

  useEffect(() => {
    const context = canvas.current && width > 0 && cleared(canvas.current, width, HEIGHT);
    if (!context) return;
    const colours = ramp(shade);
    const around = inks();
    paintParallel(context, {
      frame,
      scales,
      places,
      colours: Array.from(places[0] ?? [], (_, thing) => colours[shades[thing] ?? -1] ?? around.ink),
      picked: brushes.size > 0 ? new Set(picked) : undefined,
      inks: around,
    });
    if (holder.current) holder.current.dataset.ready = "yes";
  }, [width, shade, frame, scales, places, shades, brushes, picked]);

  const height = frame.bottom - frame.top;
  const coloured = by && scales[axes.indexOf(by)];
  const onRange = (axis: number, range: Range | undefined) =>
    setBrushes((old) => {
      const next = new Map(old);
      if (range) next.set(axis, range);
      else next.delete(axis);
      return next;
    });

  return (
    <div className={css.both}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={css.scroll} tabIndex={0} aria-label="Parallel coordinates">
        <div ref={holder} className={over.holder} style={{ height: HEIGHT, minWidth: axes.length * APART }}>
          <canvas ref={canvas} className={over.canvas} role="img" aria-label={label} />
          {width > 0 &&
            axes.map((axis, at) => {
              const x = axisX(frame, at, axes.length);
              const room = (frame.right - frame.left) / Math.max(1, axes.length - 1);
              return (
                <div key={axis.id} role="group" aria-label={axis.label}>
                  <span
                    className={css.name}
                    style={{ left: x - 12, maxWidth: room - 8 }}
                    title={axis.id}
                    data-over=""
                  >
                    {axis.label}
                  </span>
                  <AxisBrush
                    label={axis.label}
                    scale={scales[at] ?? scaleOf(axis, log)}
                    range={brushes.get(at)}
                    onRange={(range) => onRange(at, range)}
                    x={x}
                    top={frame.top}
                    height={height}
                  />
                </div>
              );
            })}
        </div>
      </section>
      {coloured && (
        <div className={css.legend} aria-hidden="true">
          <span>{coloured.say(1)}</span>
          <div className={css.ramp} style={{ backgroundImage: rampGradient(shade) }} />
          <span>{coloured.say(0)}</span>
        </div>
      )}
    </div>
  );
}
