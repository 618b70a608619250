import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { figure } from "@/shared/lib/format";
import { HUES } from "@/shared/lib/palette";
import { tokenColour } from "@/shared/lib/theme";
import type { RunRow, RunSearch } from "../api/runs";

export interface Axis {
  id: string;
  label: string;
  numeric: boolean;
  /** Every value above zero and at least two orders of magnitude: a logarithm shows it better. */
  wide: boolean;
  values: (number | string | null)[];
}

/** The axes of the asked columns. A parameter counts as a number when all its values read as one. */
export function axesFor(runs: readonly RunRow[], asked: RunSearch): Axis[] {
  const params = (asked.params ?? []).map((key) =>
    axis(
      `params.${key}`,
      key,
      runs.map((run) => run.params[key] ?? null),
    ),
  );
  const metrics = (asked.metrics ?? []).map((key) =>
    axis(
      `metrics.${key}`,
      key,
      runs.map((run) => run.metrics[key] ?? null),
    ),
  );
  return [...params, ...metrics];
}

function axis(id: string, label: string, raw: readonly (string | number | null)[]): Axis {
  const present = raw.filter((value) => value !== null);
  const numbers = present.map((value) => (value === "" ? Number.NaN : Number(value)));
  const numeric = present.length > 0 && numbers.every(Number.isFinite);
  if (!numeric)
    return {
      id,
      label,
      numeric,
      wide: false,
      values: raw.map((value) => (value === null ? null : String(value))),
    };
  const least = Math.min(...numbers);
  const wide = least > 0 && Math.max(...numbers) / least >= 100;
  return { id, label, numeric, wide, values: raw.map((value) => (value === null ? null : Number(value))) };
}

/** One hue from pale to strong: order is read from lightness, also by those who see no colour. */
const RAMP = {
  light: ["#c3d4ee", "#7f9fd6", "#3a66b8", "#12306b"],
  dark: ["#2c3a57", "#4f6ea8", "#86a9ea", "#dbe6ff"],
} as const;

const FONT = '"Inter Variable", Inter, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif';

function shortLabel(text: string): string {
  return text.length > 18 ? `…${text.slice(-17)}` : text;
}

export function parallelOption(
  axes: readonly Axis[],
  count: number,
  by: Axis | undefined,
  log: boolean,
  shade: "light" | "dark",
): EChartsCoreOption {
  const ink = tokenColour("--ink-2");
  const line = tokenColour("--line-strong");
  const ground = tokenColour("--surface");
  const values = (by?.values ?? []).filter((value): value is number => typeof value === "number");
  const rows = Array.from({ length: count }, (_, at) => axes.map((axis) => axis.values[at] ?? "-"));
  return {
    animation: false,
    textStyle: { color: ink, fontFamily: FONT },
    parallel: {
      left: 60,
      right: 100,
      top: 48,
      bottom: 24,
      parallelAxisDefault: { nameTextStyle: { color: ink } },
    },
    parallelAxis: axes.map((axis, dim) => ({
      dim,
      name: shortLabel(axis.label),
      type: axis.numeric ? (log && axis.wide ? "log" : "value") : "category",
      ...(axis.numeric ? { scale: true } : {}),
      axisLine: { lineStyle: { color: line } },
      axisLabel: {
        textBorderColor: ground,
        textBorderWidth: 3,
        color: ink,
        formatter: (value: number | string) =>
          typeof value === "number" ? figure(value, 3) : shortLabel(value),
      },
    })),
    ...(by?.numeric
      ? {
          visualMap: {
            type: "continuous",
            dimension: axes.indexOf(by),
            min: Math.min(...values),
            max: Math.max(...values),
            inRange: { color: [...RAMP[shade]] },
            right: 0,
            top: "middle",
            textStyle: { color: ink },
            formatter: (value: number) => figure(value, 3),
            calculable: true,
          },
        }
      : {}),
    series: [{ type: "parallel", data: rows, lineStyle: { width: 1.3, opacity: 0.55 }, progressive: 500 }],
  };
}

export function scatterOption(
  x: Axis,
  y: Axis,
  runs: readonly { name: string }[],
  shade: "light" | "dark",
): EChartsCoreOption {
  const ink = tokenColour("--ink-2");
  const grid = tokenColour("--line");
  const side = (axis: Axis) => ({
    type: axis.numeric ? (axis.wide ? "log" : "value") : "category",
    name: axis.label,
    nameLocation: "middle",
    nameGap: 34,
    scale: true,
    axisLine: { lineStyle: { color: ink } },
    splitLine: { lineStyle: { color: grid } },
    axisLabel: {
      color: ink,
      formatter: (value: number | string) =>
        typeof value === "number" ? figure(value, 3) : shortLabel(value),
    },
  });
  const data = runs.flatMap((run, at) => {
    const [a, b] = [x.values[at], y.values[at]];
    return a === null || a === undefined || b === null || b === undefined
      ? []
      : [{ value: [a, b], name: run.name }];
  });
  return {
    animation: false,
    textStyle: { color: ink, fontFamily: FONT },
    grid: { left: 70, right: 24, top: 20, bottom: 56 },
    xAxis: side(x),
    yAxis: side(y),
    tooltip: {
      renderMode: "richText",
      formatter: (item: { name: string; value: (number | string)[] }) =>
        `${item.name}\n${x.label}: ${item.value[0]}\n${y.label}: ${item.value[1]}`,
    },
    series: [{ type: "scatter", data, symbolSize: 8, itemStyle: { color: HUES[shade][0], opacity: 0.7 } }],
  };
}

interface ParallelModel {
  getModel(): {
    getSeriesByIndex(index: number): { getRawIndicesByActiveState(state: "active"): number[] };
  };
}

/** The rows inside all brushes; ECharts has no public method for it, its own examples ask the model. */
export function picked(chart: EChartsType): number[] {
  return (chart as unknown as ParallelModel)
    .getModel()
    .getSeriesByIndex(0)
    .getRawIndicesByActiveState("active");
}
