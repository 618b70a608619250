import { type RefObject, useEffect, useLayoutEffect, useState } from "react";

/** The whole pixels that an element without padding has; 0 before it is laid out. They are known before the first
 *  paint: an observer alone tells them a frame later. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (element.current) setWidth(Math.floor(element.current.getBoundingClientRect().width));
  }, [element]);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
