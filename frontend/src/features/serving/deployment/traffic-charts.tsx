import { useMemo } from "react";
import type { Line } from "@/shared/chart/align";
import { LineChart } from "@/shared/chart/line-chart";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { Panel } from "@/shared/ui/page";
import type { RouteTraffic, TrafficShown } from "../api/serving";
import { routeName } from "../links";
import css from "../serving.module.css";

export interface ChartedRoute {
  id: string;
  name: string;
}

interface TrafficChartsProps {
  traffic: TrafficShown;
  /** The routes in the order that decides their colours; others that were there follow. */
  routes: readonly ChartedRoute[];
}

const DASHED = [4, 4];
const HEIGHT = 190;

/** Rates, errors and latencies of each route along time, with one cursor over all of them. */
export function TrafficCharts({ traffic, routes }: TrafficChartsProps) {
  const shade = useShade();
  const charts = useMemo(() => chartsOf(traffic, routes, shade), [traffic, routes, shade]);
  return (
    <div className={css.charts}>
      {charts.map(({ title, lines }) => (
        <Panel key={title} title={title}>
          <LineChart title={title} lines={lines} xLabel="time" height={HEIGHT} sync="traffic" />
        </Panel>
      ))}
    </div>
  );
}

function chartsOf(traffic: TrafficShown, routes: readonly ChartedRoute[], shade: "light" | "dark") {
  const x = traffic.at_ms.map((ms) => ms / 1000);
  const known = new Map(routes.map((route, at) => [route.id, { name: route.name, at }]));
  let extra = routes.length;
  const shown = traffic.routes.map((one) => {
    const found = known.get(one.route) ?? { name: `${routeName(one.route)} (gone)`, at: extra++ };
    return { one, ...found };
  });
  function lines(
    pick: (one: RouteTraffic) => readonly (number | null)[],
    suffix = "",
    dash?: number[],
  ): Line[] {
    return shown
      .filter(({ one }) => pick(one).some((value) => value !== null))
      .sort((a, b) => a.at - b.at)
      .map(({ one, name, at }) => {
        const look = mark(at, shade);
        const key = `${one.route}${suffix}`;
        return { key, label: `${name}${suffix}`, ...look, dash: dash ?? look.dash, x, y: pick(one) };
      });
  }
  const inPercent = (shares: readonly (number | null)[]) =>
    shares.map((share) => (share === null ? null : share * 100));
  const differing = lines((one) => inPercent(one.differing_share));
  return [
    { title: "Requests a second", lines: lines((one) => one.requests_per_s) },
    { title: "Errors in percent", lines: lines((one) => inPercent(one.error_share)) },
    {
      title: "Latency in milliseconds",
      lines: [...lines((one) => one.p99_ms, " p99"), ...lines((one) => one.p50_ms, " p50", DASHED)],
    },
    ...(differing.length > 0 ? [{ title: "Copies that differ, in percent", lines: differing }] : []),
  ];
}
