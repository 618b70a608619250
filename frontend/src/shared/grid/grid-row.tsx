import type { Column } from "./column";
import css from "./grid.module.css";

interface GridRowProps<Row> {
  id: string;
  index: number;
  top: number;
  height: number;
  tracks: string;
  columns: readonly Column<Row>[];
  /** How far from the edge the pinned columns stay. */
  edges: readonly (number | undefined)[];
  row: Row | undefined;
  chosen: boolean;
  here: boolean;
  lit: boolean;
  onToggle: (() => void) | undefined;
  onPoint: (() => void) | undefined;
}

export function GridRow<Row>(props: GridRowProps<Row>) {
  const { id, index, top, height, tracks, columns, edges, row, chosen, here, lit, onToggle, onPoint } = props;
  const extra = onToggle ? 1 : 0;
  const look = [css.row, css.data, chosen && css.chosen, here && css.here, lit && css.lit]
    .filter(Boolean)
    .join(" ");
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={onToggle ? chosen : undefined}
      className={look}
      style={{ gridTemplateColumns: tracks, height, transform: `translateY(${top}px)` }}
      onMouseEnter={onPoint}
    >
      {onToggle && (
        <div role="gridcell" aria-colindex={1} className={css.mark}>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={chosen}
            disabled={row === undefined}
            aria-label={`Mark row ${index + 1}`}
            onChange={onToggle}
          />
        </div>
      )}
      {columns.map((column, at) => (
        <div
          key={column.id}
          role="gridcell"
          aria-colindex={at + 1 + extra}
          className={`${css.cell} ${column.numeric ? css.end : ""} ${edges[at] !== undefined ? css.pinned : ""}`}
          style={edges[at] ? { insetInlineStart: edges[at] } : undefined}
        >
          {row === undefined ? <div className={css.waiting} /> : column.render(row)}
        </div>
      ))}
    </div>
  );
}
