import { download } from "@/shared/lib/download";
import { Menu } from "@/shared/ui/menu";
import { type RunPage, type RunRow, type RunSearch, searchRuns } from "../api/runs";
import type { ColumnChoice } from "./runs-question";

const PAGE = 500;
const MOST = 20_000;

async function allRuns(asked: RunSearch): Promise<{ runs: RunRow[]; total: number }> {
  const runs: RunRow[] = [];
  let token: string | null = null;
  for (;;) {
    const page: RunPage = await searchRuns({ ...asked, page_token: token, limit: PAGE });
    runs.push(...page.items);
    token = page.token;
    if (token === null || runs.length >= MOST) return { runs, total: page.total };
  }
}

interface ExportMenuProps {
  asked: RunSearch;
  choices: readonly ColumnChoice[];
  name: string;
  onDone: (text: string) => void;
  onFail: (error: unknown) => void;
}

export function ExportMenu({ asked, choices, name, onDone, onFail }: ExportMenuProps) {
  async function csv() {
    try {
      const { runs, total } = await allRuns(asked);
      const { runsCsv } = await import("./csv");
      download(`${name}.csv`, "text/csv", runsCsv(runs, choices));
      onDone(
        runs.length < total
          ? `The first ${runs.length} of ${total} runs are in the file; narrow the query for the others.`
          : `${runs.length} runs are in the file.`,
      );
    } catch (error) {
      onFail(error);
    }
  }
  async function link() {
    await navigator.clipboard.writeText(window.location.href);
    onDone("The link shows exactly this view: query, order, columns and marks.");
  }
  return (
    <Menu
      label="Export"
      icon="download"
      labelled
      items={[
        { label: "Table as CSV", icon: "download", onPick: () => void csv() },
        { label: "Copy link to this view", icon: "link", onPick: () => void link() },
      ]}
    />
  );
}
