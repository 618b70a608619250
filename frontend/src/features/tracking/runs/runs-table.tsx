import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { DataGrid } from "@/shared/grid/data-grid";
import { plural } from "@/shared/lib/format";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { Button } from "@/shared/ui/button";
import { NoRuns } from "./no-runs";
import { runColumns } from "./run-columns";
import { readSort } from "./runs-question";
import { flipped, readWidths, writeSort, writeWidths } from "./runs-search";
import type { RunsViewProps } from "./runs-view";

const NO_PINS: readonly string[] = [];
const NEWEST = { key: "attributes.start_time", descending: true };

/** The runs as rows, fetched where the scrollbar stands. */
export function RunsTable(props: RunsViewProps & { marked: readonly string[] }) {
  const { experimentId, choices, window, search, change, marked } = props;
  const navigate = useNavigate();
  const shade = useShade();
  const [lit, setLit] = useState<string | null>(null);
  const widths = useMemo(() => readWidths(search.widths), [search.widths]);
  const columns = useMemo(
    () =>
      runColumns(choices, (run) => {
        const place = marked.indexOf(run.id);
        return place < 0 ? null : mark(place, shade).colour;
      }),
    [choices, marked, shade],
  );
  return (
    <DataGrid
      label="Runs"
      columns={columns}
      count={window.count}
      row={window.row}
      rowKey={(run) => run.id}
      onOpen={(run) => void navigate({ to: "/runs/$runId", params: { runId: run.id } })}
      onVisible={window.onVisible}
      sort={readSort(search.sort) ?? NEWEST}
      onSort={(sort) => change({ sort: writeSort(sort) })}
      selected={new Set(marked)}
      onSelect={(ids) => change({ marked: ids.size > 0 ? [...ids] : undefined })}
      widths={widths}
      onWidth={(id, width) => change({ widths: writeWidths(new Map(widths).set(id, width)) })}
      pins={search.pins ?? NO_PINS}
      onPin={(id) => change({ pins: flipped(search.pins ?? [], id) })}
      lit={lit}
      onPoint={setLit}
      empty={
        <NoRuns
          experimentId={experimentId}
          filtered={Boolean(search.q)}
          onClear={() => change({ q: undefined })}
        />
      }
      foot={
        <>
          <span>
            {plural(window.total, "run")} {window.total === 1 ? "matches" : "match"}
          </span>
          {window.count < window.total && (
            <span>The first {plural(window.count, "run")} can be scrolled to</span>
          )}
          {marked.length > 0 && (
            <>
              <span>{marked.length} marked</span>
              <Button small kind="quiet" onClick={() => change({ marked: undefined })}>
                Clear marks
              </Button>
            </>
          )}
        </>
      }
    />
  );
}
