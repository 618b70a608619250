import { useState } from "react";
import type { Column, Sort } from "@/shared/grid/column";
import { DataGrid } from "@/shared/grid/data-grid";
import { figure } from "@/shared/lib/format";
import { StateBadge } from "@/shared/ui/badge";
import { say } from "@/shared/ui/toast";
import css from "./design.module.css";

interface Sample {
  id: string;
  name: string;
  value: number;
}

const ROWS = 10_000;
const COLUMNS: Column<Sample>[] = [
  { id: "name", header: "Name", width: 220, sortKey: "name", render: (row) => row.name },
  { id: "state", header: "State", width: 120, render: () => <StateBadge state="finished" /> },
  {
    id: "value",
    header: "Value",
    width: 120,
    numeric: true,
    sortKey: "value",
    render: (row) => figure(row.value),
  },
  { id: "note", header: "Note", width: 200, render: () => "נתונים and data" },
];

export function GridSample() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set(["3"]));
  const [sort, setSort] = useState<Sort>({ key: "name", descending: false });
  return (
    <div className={css.grid}>
      <DataGrid
        label="Sample"
        columns={COLUMNS}
        count={ROWS}
        row={(at) => {
          const place = sort.descending ? ROWS - 1 - at : at;
          return { id: String(place), name: `row ${place}`, value: Math.sin(place) };
        }}
        rowKey={(row) => row.id}
        onOpen={(row) => say(`${row.name} was opened.`)}
        sort={sort}
        onSort={setSort}
        selected={selected}
        onSelect={setSelected}
        foot={<span>10,000 rows, {selected.size} marked</span>}
      />
    </div>
  );
}
