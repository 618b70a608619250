import type { Schemas } from "@/shared/api/client";
import { addressOf } from "@/shared/routing/reference";
import type { IconName } from "@/shared/ui/icon";

export interface FoundEntry {
  /** Its address in the page, or a name of its own for what is no page. */
  id: string;
  title: string;
  detail: string;
  kind: string;
  icon: IconName;
}

const ICONS: Record<string, IconName> = {
  run: "chart",
  experiment: "experiments",
  dataset: "file",
  model: "models",
  version: "models",
  alias: "alias",
  deployment: "deployments",
};
const DIGEST_SHOWN = 15;

/** A thing that the server found, as a line of the palette. */
export function entryOf(found: Schemas["Found"]): FoundEntry {
  return {
    id: addressOf(found.ref) ?? found.ref,
    title: found.title,
    detail: found.detail.startsWith("sha256:") ? found.detail.slice(0, DIGEST_SHOWN) : found.detail,
    kind: found.kind,
    icon: ICONS[found.kind] ?? "search",
  };
}

interface Listed {
  /** The highlighted line, and whether somebody went there by hand. */
  current: number;
  byHand: boolean;
  count: number;
  /** How many of the first lines the page knows by itself. */
  fixed: number;
  /** Whether the other lines belong to what was typed before. */
  waiting: boolean;
}

/** Which line Enter takes: the highlighted one, but never one that was found for other words than stand there now. */
export function choiceOnEnter({
  current,
  byHand,
  count,
  fixed,
  waiting,
}: Listed): number | "wait" | "nothing" {
  if (waiting && !byHand && (count === 0 || current >= fixed)) return "wait";
  return count > 0 ? current : "nothing";
}
