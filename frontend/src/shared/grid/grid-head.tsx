import { Icon } from "@/shared/ui/icon";
import { type Column, nextSort, type Sort } from "./column";
import css from "./grid.module.css";

interface GridHeadProps<Row> {
  columns: readonly Column<Row>[];
  tracks: string;
  selectable: boolean;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
}

export function GridHead<Row>({ columns, tracks, selectable, sort, onSort }: GridHeadProps<Row>) {
  const extra = selectable ? 1 : 0;
  return (
    <div role="rowgroup" className={css.head}>
      <div
        role="row"
        aria-rowindex={1}
        className={css.row}
        style={{ gridTemplateColumns: tracks, height: 36 }}
      >
        {selectable && (
          <div role="columnheader" aria-colindex={1} className={css.mark}>
            <span className="visually-hidden">Marked</span>
          </div>
        )}
        {columns.map((column, at) => {
          const sorted = column.sortKey !== undefined && sort?.key === column.sortKey;
          const direction = sort?.descending ? "descending" : "ascending";
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-colindex={at + 1 + extra}
              aria-sort={sorted ? direction : undefined}
              className={`${css.cell} ${column.numeric ? css.end : ""} ${at === 0 ? css.pinned : ""}`}
              title={column.hint ?? column.header}
            >
              {column.sortKey !== undefined && onSort ? (
                <button
                  type="button"
                  tabIndex={-1}
                  className={`${css.sorter} ${column.numeric ? css.end : ""}`}
                  onClick={() => onSort(nextSort(sort, column.sortKey as string, column.numeric ?? false))}
                >
                  <span>{column.header}</span>
                  {sorted && <Icon name={sort?.descending ? "down" : "up"} size={12} />}
                </button>
              ) : (
                column.header
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
