import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import {
  type Column,
  fitting,
  nextSort,
  offsets,
  pinnedFirst,
  type Sort,
  template,
  WIDTH_STEP,
  widthsOf,
} from "./column";
import css from "./grid.module.css";
import { GridHead } from "./grid-head";
import { GridRow } from "./grid-row";
import { useGridKeys } from "./use-grid-keys";
import { useNarrow } from "./use-grid-narrow";

const ROW_PX = 35;
const PAGE_ROWS = 15;
const NO_PINS: readonly string[] = [];

interface DataGridProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  /** All rows that match, loaded or not. */
  count: number;
  /** The n-th row, or undefined while it is on its way. */
  row: (index: number) => Row | undefined;
  rowKey: (row: Row) => string;
  onOpen: (row: Row) => void;
  /** Called with the range on screen, so that it can be fetched. */
  onVisible?: (first: number, last: number) => void;
  sort?: Sort | undefined;
  onSort?: (sort: Sort) => void;
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** The row pointed at elsewhere (a chart), and the way to tell the chart. */
  lit?: string | null;
  onPoint?: (key: string | null) => void;
  /** Widths that were chosen, by column; and the way to choose one. */
  widths?: ReadonlyMap<string, number>;
  onWidth?: (id: string, width: number) => void;
  /** Columns that stay at the edge besides the first; and the way to add or take away one. */
  pins?: readonly string[];
  onPin?: (id: string) => void;
  foot?: ReactNode;
  /** Shown instead of rows when there is none. */
  empty?: ReactNode;
}

/** The one long table of the page: any number of rows, ordered by the server, driven by keyboard. */
export function DataGrid<Row>(props: DataGridProps<Row>) {
  const { label, count, row, rowKey, onOpen, onVisible, selected, onSelect, pins = NO_PINS } = props;
  const [dragged, setDragged] = useState<{ id: string; width: number } | null>(null);
  const columns = useMemo(() => pinnedFirst(props.columns, pins), [props.columns, pins]);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    paddingStart: 0,
    scrollPaddingStart: ROW_PX,
  });
  const shown = rows.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => onVisible?.(first, last), [onVisible, first, last]);

  function toggle(index: number) {
    const found = row(index);
    if (!found || !onSelect) return;
    const next = new Set(selected);
    const key = rowKey(found);
    if (!next.delete(key)) next.add(key);
    onSelect(next);
  }

  function onColumnKey(at: number, key: string) {
    const column = columns[at];
    if (!column) return;
    if (key === "s" && column.sortKey)
      props.onSort?.(nextSort(props.sort, column.sortKey, column.numeric ?? false));
    else if (key === "p" && at > 0) props.onPin?.(column.id);
    else if (key === "-") props.onWidth?.(column.id, fitting((sizes[at] ?? 0) - WIDTH_STEP));
    else if (key !== "s" && key !== "p") props.onWidth?.(column.id, fitting((sizes[at] ?? 0) + WIDTH_STEP));
  }

  const {
    current,
    column: chosen,
    onKeyDown,
  } = useGridKeys({
    columns: columns.length,
    onColumnKey,
    count,
    page: PAGE_ROWS,
    onMove: (index) => rows.scrollToIndex(index),
    onOpen: (index) => {
      const found = row(index);
      if (found) onOpen(found);
    },
    onToggle: toggle,
    onClear: () => onSelect?.(new Set()),
  });

  const sizes = widthsOf(columns, props.widths, useNarrow()).map((width, at) =>
    dragged !== null && dragged.id === columns[at]?.id ? dragged.width : width,
  );
  const tracks = template(sizes, onSelect !== undefined);
  const edges = offsets(sizes, 1 + columns.slice(1).filter((column) => pins.includes(column.id)).length);
  return (
    <div className={css.frame}>
      <div
        ref={scroller}
        className={css.scroll}
        role="grid"
        aria-label={label}
        aria-rowcount={count + 1}
        aria-colcount={columns.length + (onSelect ? 1 : 0)}
        aria-multiselectable={onSelect ? true : undefined}
        aria-activedescendant={current >= first && current <= last ? `${label}-${current}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onMouseLeave={() => props.onPoint?.(null)}
      >
        <div className={css.inner}>
          <GridHead
            columns={columns}
            tracks={tracks}
            selectable={onSelect !== undefined}
            sort={props.sort}
            onSort={props.onSort}
            edges={edges}
            chosen={chosen}
            sizes={sizes}
            onDrag={props.onWidth && ((id, width) => setDragged({ id, width }))}
            onDragged={(id, width) => {
              setDragged(null);
              props.onWidth?.(id, width);
            }}
          />
          <div className={css.body} role="rowgroup" style={{ height: rows.getTotalSize() }}>
            {shown.map((item) => {
              const found = row(item.index);
              const key = found && rowKey(found);
              return (
                <GridRow
                  key={item.key}
                  id={`${label}-${item.index}`}
                  index={item.index}
                  top={item.start}
                  height={ROW_PX}
                  tracks={tracks}
                  columns={columns}
                  edges={edges}
                  row={found}
                  chosen={key !== undefined && (selected?.has(key) ?? false)}
                  here={item.index === current}
                  lit={key !== undefined && key === props.lit}
                  onToggle={onSelect ? () => toggle(item.index) : undefined}
                  onPoint={props.onPoint && key ? () => props.onPoint?.(key) : undefined}
                />
              );
            })}
          </div>
        </div>
      </div>
      {count === 0 && props.empty}
      <div className="visually-hidden" aria-live="polite">
        {columns[chosen] &&
          `Column ${columns[chosen].header}: s sorts, p pins, minus and plus change its width`}
      </div>
      {props.foot && <div className={css.foot}>{props.foot}</div>}
    </div>
  );
}
