import type { Schemas } from "@/shared/api/client";
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
  model: "models",
  version: "models",
  alias: "alias",
  deployment: "deployments",
};
const DIGEST_SHOWN = 15;

/** A thing that the server found, as a line of the palette. Its reference is its address, part by part. */
export function entryOf(found: Schemas["Found"]): FoundEntry {
  return {
    id: `/${found.ref.split("/").map(encodeURIComponent).join("/")}`,
    title: found.title,
    detail: found.detail.startsWith("sha256:") ? found.detail.slice(0, DIGEST_SHOWN) : found.detail,
    kind: found.kind,
    icon: ICONS[found.kind] ?? "search",
  };
}
