import { figure } from "@/shared/lib/format";
import type { DeploymentRow, Traffic } from "./api/serving";

/** 0.125 -> "12.5 %"; small shares keep two figures, so that 0.04 % is not nothing. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return "–";
  return `${figure(share * 100, share !== 0 && share < 0.01 ? 2 : 3)} %`;
}

export function milliseconds(ms: number | null | undefined): string {
  return ms === null || ms === undefined ? "–" : `${figure(ms, 3)} ms`;
}

export function perSecond(requests: number, seconds: number): string {
  if (requests === 0) return "0 /s";
  const rate = requests / seconds;
  return rate < 0.1 ? `${figure(rate * 60, 2)} /min` : `${figure(rate, 3)} /s`;
}

export function errorShare({ errors, requests }: Traffic): string {
  return requests === 0 ? "–" : percent(errors / requests);
}

/** Who answers, in one line: "fraud:17 90 %, fraud:18 10 %; copies to fraud:19". */
export function trafficWords(routes: DeploymentRow["routes"]): string {
  const live = routes.filter((route) => route.mode === "live" && route.share > 0);
  const shadows = routes.filter((route) => route.mode === "shadow");
  const name = ({ version }: DeploymentRow["routes"][number]) => `${version.model}:${version.number}`;
  const answers = live.map((route) => `${name(route)} ${percent(route.share)}`).join(", ");
  return shadows.length === 0 ? answers : `${answers}; copies to ${shadows.map(name).join(", ")}`;
}
