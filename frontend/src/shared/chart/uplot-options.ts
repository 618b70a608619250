import type uPlot from "uplot";
import { figure } from "@/shared/lib/format";
import { alone } from "./align";
import { durationTicks, splitsSince, timeTicks } from "./time-ticks";

export interface ChartLook {
  key: string;
  label: string;
  colour: string;
  dash: number[];
}

interface Wanted {
  width: number;
  height: number;
  logY: boolean;
  time: boolean;
  /** The moment that a short axis of time counts from. */
  from: number | undefined;
  sync: string | undefined;
  /** The first so many lines are raw ones behind their smoothed selves: drawn thin and pale. */
  rawLines: number;
  colours: { ink: string; grid: string };
  looks: readonly ChartLook[];
  onCursor: (at: number | null) => void;
  onZoom: (range: readonly [number, number] | undefined) => void;
}

const FONT = '11px "Inter Variable", Inter, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

const MINUTE_S = 60;

/** A single step or moment stands in the middle, not at the edge of an axis that has nothing else to show. */
function around(room: number): uPlot.Range.Function {
  return (plot, min, max) => {
    const [only, second] = plot.data[0];
    return only !== undefined && second === undefined ? [only - room, only + room] : [min, max];
  };
}

export function chartOptions(wanted: Wanted): uPlot.Options {
  const { width, height, logY, time, from, sync, rawLines, colours, looks, onCursor, onZoom } = wanted;
  const axis: uPlot.Axis = {
    stroke: colours.ink,
    font: FONT,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1, size: 4 },
  };
  return {
    width,
    height,
    padding: [10, time ? 24 : 12, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: time && from === undefined, range: around(time ? MINUTE_S : 1) },
      y: logY ? { distr: 3 } : {},
    },
    axes: [
      {
        ...axis,
        size: 30,
        ...(from === undefined
          ? {}
          : { splits: (_, __, min, max, step) => splitsSince(from, [min, max], step) }),
        values: (_, ticks, __, ___, step) => {
          if (from !== undefined) return durationTicks(from, ticks);
          return time ? timeTicks(ticks, step) : ticks.map((tick) => figure(tick));
        },
      },
      {
        ...axis,
        size: 48,
        values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : figure(tick, 3))),
      },
    ],
    cursor: {
      ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
    },
    series: [
      {},
      ...looks.map((look, index) => ({
        label: look.label,
        stroke: look.colour,
        dash: look.dash,
        width: index < rawLines ? 1 : 1.7,
        alpha: index < rawLines ? 0.3 : 1,
        spanGaps: false,
        points: {
          size: 6,
          filter: (plot: uPlot, at: number) => (plot.data[0].length <= 2 ? null : alone(plot.data[at] ?? [])),
        },
      })),
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return;
          const from = plot.posToVal(plot.select.left, "x");
          const to = plot.posToVal(plot.select.left + plot.select.width, "x");
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onZoom([from, to]);
        },
      ],
      ready: [(plot) => plot.over.addEventListener("dblclick", () => onZoom(undefined))],
    },
  };
}
