import { type ReactNode, useState } from "react";
import { count } from "@/shared/lib/format";
import { BareInput } from "./field";
import css from "./page.module.css";
import { type SmallColumn, SmallTable } from "./small-table";

interface FoundTableProps<Row> {
  label: string;
  columns: readonly SmallColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** What a row is searched by. */
  name: (row: Row) => string;
  /** The most rows to draw at once. */
  most?: number;
}

/** A plain table of what is mostly a few rows and may be ten thousand: beyond `most` they are found by name, and how
 *  many are not on show is said. */
export function FoundTable<Row>({ rows, name, most = 200, ...table }: FoundTableProps<Row>): ReactNode {
  const [words, setWords] = useState("");
  if (rows.length <= most) return <SmallTable {...table} rows={rows} />;
  const found = rows.filter((row) => name(row).toLowerCase().includes(words.toLowerCase()));
  const more = found.length - most;
  return (
    <>
      <div className={css.panelBody}>
        <BareInput
          label={`Find in ${table.label}`}
          placeholder={`Find in ${count(rows.length)}`}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      <SmallTable {...table} rows={found.slice(0, most)} />
      {more > 0 && (
        <div className={css.panelBody}>
          <span className={css.quiet}>{count(more)} more; type above to find them.</span>
        </div>
      )}
    </>
  );
}
