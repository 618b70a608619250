import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { exactTime, figure } from "@/shared/lib/format";
import { light, useLit } from "@/shared/lib/lit";
import { tokenColour, useShade } from "@/shared/lib/theme";
import { align, type Line, summarise } from "./align";
import css from "./line-chart.module.css";
import { smooth } from "./smoothing";
import { Swatch } from "./swatch";
import { areDates, countsFrom, durationSince } from "./time-ticks";
import { type ChartLook, chartOptions } from "./uplot-options";
import { useWidth } from "./use-width";

export interface LineChartProps {
  title: string;
  lines: readonly Line[];
  xLabel: "step" | "time";
  height?: number;
  logY?: boolean;
  /** Weight of the moving average, 0 to 0.99; the raw line stays visible behind it. */
  smoothing?: number;
  /** The range on show; the parent keeps it in the address and asks the server for more detail. */
  range?: readonly [number, number] | undefined;
  onRange?: (range: readonly [number, number] | undefined) => void;
  /** Charts with one key share their cursor. */
  sync?: string;
}

/** The drawing half of a line chart, with the library. */
export function DrawnLines(props: LineChartProps) {
  const { title, lines, xLabel, height = 240, logY = false, smoothing = 0, range, onRange, sync } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [at, setAt] = useState<number | null>(null);
  const width = useWidth(holder);
  const shade = useShade();
  const lit = useLit();

  const { drawn, data } = useMemo(() => {
    const smoothed = smoothing > 0 ? lines.map((line) => ({ ...line, y: smooth(line.y, smoothing) })) : [];
    const all = smoothing > 0 ? [...lines, ...smoothed] : lines;
    return { drawn: all, data: align(all) as uPlot.AlignedData };
  }, [lines, smoothing]);

  const ends = range ?? ([data[0][0], data[0][data[0].length - 1]] as const);
  const time = xLabel === "time" && areDates([...ends, data[0][0], data[0][data[0].length - 1]]);
  const from = time ? countsFrom(ends[0], ends[1]) : undefined;

  const zoom = useRef(onRange);
  zoom.current = onRange;
  const rawLines = smoothing > 0 ? lines.length : 0;
  const looks = useMemo(
    () => JSON.stringify(drawn.map(({ key, label, colour, dash }) => ({ key, label, colour, dash }))),
    [drawn],
  );

  useEffect(() => {
    if (!holder.current || width === 0) return;
    const colours = { shade, ink: tokenColour("--ink-3"), grid: tokenColour("--line") };
    const options = chartOptions({
      width,
      height,
      logY,
      time,
      from,
      sync,
      rawLines,
      colours,
      looks: JSON.parse(looks) as ChartLook[],
      onCursor: setAt,
      onZoom: (next) => zoom.current?.(next),
    });
    const made = new uPlot(options, [[], []], holder.current);
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [width, height, logY, time, from, sync, rawLines, looks, shade]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot made anew needs its data again
  useEffect(() => {
    const made = plot.current;
    if (!made || !holder.current) return;
    made.setData(data);
    if (range) made.setScale("x", { min: range[0], max: range[1] });
    holder.current.dataset.ready = String(data[0].length);
  }, [data, range, width, height, logY, time, from, sync, rawLines, looks, shade]);

  useEffect(() => {
    drawn.forEach((line, index) => {
      const series = plot.current?.series[index + 1];
      if (series) series.alpha = lit !== null && line.key !== lit ? 0.15 : index < rawLines ? 0.3 : 1;
    });
    plot.current?.redraw(false);
  }, [drawn, lit, rawLines]);

  return (
    <figure className={css.chart}>
      <div
        ref={holder}
        className={css.plot}
        style={{ height }}
        role="img"
        aria-label={`${title}: ${lines.map(describe).join("; ")}`}
      />
      <ul className={css.legend} aria-hidden="true">
        {lines.map((line, index) => (
          <li
            key={line.key}
            className={lit !== null && lit !== line.key ? css.dim : undefined}
            onMouseEnter={() => light(line.key)}
            onMouseLeave={() => light(null)}
          >
            <Swatch colour={line.colour} dash={line.dash} />
            <span title={line.label} data-mark={line.colour} data-dash={line.dash.join()}>
              {line.label}
            </span>
            {at !== null && <b className={css.value}>{figure(valueNear(data, index + 1, at))}</b>}
          </li>
        ))}
        {at !== null && <li className={css.readout}>{atWords(xLabel, data[0][at] ?? 0, from)}</li>}
      </ul>
    </figure>
  );
}

function describe(line: Line): string {
  const { label, first, last, min, max } = summarise(line);
  return `${label} from ${figure(first)} to ${figure(last)}, lowest ${figure(min)}, highest ${figure(max)}`;
}

function atWords(xLabel: "step" | "time", x: number, from: number | undefined): string {
  if (xLabel === "step") return `step ${x}`;
  if (from === undefined) return exactTime(x * 1000);
  return `${durationSince(from, x, x - from < 1)} after ${exactTime(from * 1000)}`;
}

/** The line's last value at or before the cursor, because down-sampled lines have no point at every x. */
function valueNear(data: uPlot.AlignedData, series: number, at: number): number | null {
  const column = data[series] ?? [];
  for (let index = at; index >= Math.max(0, at - 400); index -= 1) {
    const value = column[index];
    if (value !== undefined && value !== null) return value;
  }
  return null;
}
