import { lazyRouteComponent } from "@tanstack/react-router";
import { codeOf } from "@/shared/routing/part";

// Each part comes with the first look at it, so that a link to one does not pay for the others.
export const VersionOverview = lazyRouteComponent(() => import("./version-overview"), "VersionOverview");
export const VersionFiles = lazyRouteComponent(() => import("@/shared/files/file-browser"), "FileBrowser");
export const Lineage = lazyRouteComponent(() => import("./lineage"), "Lineage");

export const VERSION_TABS = ["overview", "files", "lineage"] as const;
export type VersionTab = (typeof VERSION_TABS)[number];

/** The code of what a tab shows. */
export function codeOfTab(tab: VersionTab = "overview"): Promise<unknown> {
  return codeOf({ overview: VersionOverview, files: VersionFiles, lineage: Lineage }[tab]);
}
