import { useQueryClient } from "@tanstack/react-query";
import { download } from "@/shared/lib/download";
import { Menu } from "@/shared/ui/menu";
import { say } from "@/shared/ui/toast";
import { packedQuery } from "../api/packed";
import type { Comparison } from "../api/runs";
import { NOTHING_PACKED } from "./packages";
import { sectionsOf } from "./sections";

/** What is compared, to take away. */
export function ExportComparison({ comparison }: { comparison: Comparison }) {
  const client = useQueryClient();
  async function csv() {
    const { comparisonCsv } = await import("./comparison-csv");
    const ids = comparison.runs.map((run) => run.id);
    const found = client.getQueryData(packedQuery(ids).queryKey);
    const packed = ids.map((id) => found?.get(id) ?? NOTHING_PACKED);
    download("comparison.csv", "text/csv", comparisonCsv(comparison.runs, sectionsOf(comparison, packed)));
    say("All rows are in the file, also those that are equal everywhere.");
  }
  async function link() {
    await navigator.clipboard.writeText(window.location.href);
    say("The link shows exactly these runs.");
  }
  return (
    <Menu
      label="Export"
      icon="download"
      labelled
      items={[
        { label: "Comparison as CSV", icon: "download", onPick: () => void csv() },
        { label: "Copy link to this comparison", icon: "link", onPick: () => void link() },
      ]}
    />
  );
}
