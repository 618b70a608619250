import { lazyRouteComponent } from "@tanstack/react-router";
import { Suspense } from "react";
import { Skeleton } from "@/shared/ui/notice";
import { Popover } from "@/shared/ui/popover";
import type { RunColumns } from "../api/runs";
import type { ColumnChoice } from "./runs-question";

const ColumnChoices = lazyRouteComponent(() => import("./column-choices"), "ColumnChoices");

export interface ColumnChooserProps {
  experimentId: string;
  /** The query that the table is narrowed by. */
  filter: string;
  known: RunColumns;
  chosen: readonly ColumnChoice[];
  onChange: (ids: string[] | undefined) => void;
}

/** Which metrics, parameters and tags stand in the table. */
export function ColumnChooser(props: ColumnChooserProps) {
  return (
    <Popover label="Columns" icon="columns">
      <Suspense fallback={<Skeleton />}>
        <ColumnChoices {...props} />
      </Suspense>
    </Popover>
  );
}
