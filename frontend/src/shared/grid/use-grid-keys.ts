import { type KeyboardEvent, useState } from "react";

interface Keys {
  count: number;
  page: number;
  onMove: (index: number) => void;
  onOpen: (index: number) => void;
  onToggle: (index: number) => void;
  onClear: () => void;
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

/** Row keyboard of every grid: j k arrows move, x or space marks, Enter opens, Escape clears. */
export function useGridKeys({ count, page, onMove, onOpen, onToggle, onClear }: Keys) {
  const [current, setCurrent] = useState(-1);

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || count === 0)
      return;
    const to = move(event.key, current, count, page);
    if (to !== null) {
      event.preventDefault();
      setCurrent(to);
      onMove(to);
    } else if (event.key === "Escape") {
      onClear();
    } else if (current >= 0 && event.key === "Enter") {
      onOpen(current);
    } else if (current >= 0 && (event.key === "x" || event.key === " ")) {
      event.preventDefault();
      onToggle(current);
    }
  }

  return { current: current < count ? current : -1, onKeyDown };
}
