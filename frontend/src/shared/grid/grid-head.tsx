import { useRef } from "react";
import { Icon } from "@/shared/ui/icon";
import { type Column, fitting, nextSort, type Sort } from "./column";
import css from "./grid.module.css";

interface GridHeadProps<Row> {
  columns: readonly Column<Row>[];
  tracks: string;
  selectable: boolean;
  sort: Sort | undefined;
  onSort: ((sort: Sort) => void) | undefined;
  edges: readonly (number | undefined)[];
  sizes: readonly number[];
  /** The column chosen by keyboard; -1 when none is. */
  chosen: number;
  onDrag: ((id: string, width: number) => void) | undefined;
  onDragged: (id: string, width: number) => void;
}

export function GridHead<Row>(props: GridHeadProps<Row>) {
  const { columns, tracks, selectable, sort, onSort, edges, sizes, chosen, onDrag, onDragged } = props;
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
              className={headLook(column.numeric ?? false, edges[at] !== undefined, at === chosen)}
              style={edges[at] ? { insetInlineStart: edges[at] } : undefined}
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
              {onDrag && (
                <Handle
                  width={sizes[at] ?? column.width}
                  onDrag={(width) => onDrag(column.id, width)}
                  onDragged={(width) => onDragged(column.id, width)}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function headLook(numeric: boolean, pinned: boolean, chosen: boolean): string {
  return [css.cell, css.headCell, numeric && css.end, pinned && css.pinned, chosen && css.chosenColumn]
    .filter(Boolean)
    .join(" ");
}

interface HandleProps {
  width: number;
  onDrag: (width: number) => void;
  onDragged: (width: number) => void;
}

/** The edge of a column, to drag; by keyboard the same is done with plus and minus. */
function Handle({ width, onDrag, onDragged }: HandleProps) {
  const begun = useRef<{ x: number; width: number } | null>(null);
  const reached = (x: number) => fitting((begun.current?.width ?? width) + x - (begun.current?.x ?? x));
  return (
    <span
      aria-hidden="true"
      className={css.handle}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        begun.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => begun.current && onDrag(reached(event.clientX))}
      onPointerUp={(event) => {
        if (begun.current) onDragged(reached(event.clientX));
        begun.current = null;
      }}
    />
  );
}
