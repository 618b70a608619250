import { type KeyboardEvent, useState } from "react";

/** s sorts, p pins, minus and plus make narrower and wider. */
const COLUMN_KEYS = ["s", "p", "-", "+", "="];

interface Keys {
  count: number;
  page: number;
  onMove: (index: number) => void;
  onOpen: (index: number) => void;
  onToggle: (index: number) => void;
  onClear: () => void;
  /** How many columns there are to choose from with the left and right arrows. */
  columns: number;
  /** A key pressed on a chosen column. */
  onColumnKey: (at: number, key: string) => void;
}

/** Where a key takes the current row; null when the key is not ours. */
export function move(key: string, at: number, count: number, page: number): number | null {
  const last = count - 1;
  switch (key) {
    case "j":
    case "ArrowDown":
      return Math.min(last, at + 1);
    case "k":
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "PageDown":
      return Math.min(last, at + page);
    case "PageUp":
      return Math.max(0, at - page);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

/** Keyboard of every grid: j k arrows move, x or space marks, Enter opens, Escape clears; left and right choose a
 *  column, for keys of its own. */
export function useGridKeys(keys: Keys) {
  const { count, page, onMove, onOpen, onToggle, onClear, columns, onColumnKey } = keys;
  const [current, setCurrent] = useState(-1);
  const [column, setColumn] = useState(-1);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || count === 0)
      return;
    const to = move(event.key, current, count, page);
    if (to !== null) {
      event.preventDefault();
      setCurrent(to);
      onMove(to);
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      event.preventDefault();
      setColumn(event.key === "ArrowRight" ? Math.min(columns - 1, column + 1) : Math.max(0, column - 1));
    } else if (event.key === "Escape") {
      setColumn(-1);
      onClear();
    } else if (column >= 0 && COLUMN_KEYS.includes(event.key)) {
      event.preventDefault();
      onColumnKey(column, event.key);
    } else if (current >= 0 && event.key === "Enter") {
      onOpen(current);
    } else if (current >= 0 && (event.key === "x" || event.key === " ")) {
      event.preventDefault();
      onToggle(current);
    }
  }

  return { current: current < count ? current : -1, column: column < columns ? column : -1, onKeyDown };
}
