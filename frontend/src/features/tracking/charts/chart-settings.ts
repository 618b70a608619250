import { compact, number, oneOf, pair, type RawSearch } from "@/shared/routing/search";

/** How charts are drawn; part of the address, so that a link shows what its sender saw. */
export interface ChartSettings {
  axis: "step" | "time";
  log: boolean;
  smoothing: number;
  zoom: [number, number] | undefined;
}

export interface ChartSearch {
  axis?: "time" | undefined;
  log?: "y" | undefined;
  smooth?: number | undefined;
  zoom?: [number, number] | undefined;
}

export function readChartSearch(raw: RawSearch): ChartSearch {
  const smooth = number(raw, "smooth");
  return compact({
    axis: oneOf(raw, "axis", ["time"] as const),
    log: oneOf(raw, "log", ["y"] as const),
    smooth: smooth !== undefined && smooth > 0 && smooth < 1 ? smooth : undefined,
    zoom: pair(raw, "zoom"),
  });
}

export function toSettings(search: ChartSearch): ChartSettings {
  return {
    axis: search.axis ?? "step",
    log: search.log === "y",
    smoothing: search.smooth ?? 0,
    zoom: search.zoom,
  };
}

export function toSearch(settings: ChartSettings): ChartSearch {
  return {
    axis: settings.axis === "time" ? "time" : undefined,
    log: settings.log ? "y" : undefined,
    smooth: settings.smoothing > 0 ? settings.smoothing : undefined,
    zoom: settings.zoom,
  };
}
