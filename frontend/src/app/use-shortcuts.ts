import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { NAV } from "./nav";
import { fetchLines } from "./palette";

const CHORD_MS = 1_200;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null
  );
}

/** Keys that work on every page: Ctrl+K, /, ?, and g followed by a page's letter. */
export function useShortcuts(open: (what: "palette" | "help" | null) => void): void {
  const navigate = useNavigate();
  const chordAt = useRef(0);

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key === "Control" || event.key === "Meta") fetchLines();
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const chord = Date.now() - chordAt.current < CHORD_MS;
      chordAt.current = event.key === "g" ? Date.now() : 0;
      if (chord) {
        const page = NAV.flatMap((group) => group.items).find((item) => item.key === event.key);
        if (page) void navigate({ to: page.to });
      } else if (event.key === "?") {
        open("help");
      } else if (event.key === "/") {
        event.preventDefault();
        const box = document.querySelector<HTMLInputElement>("[data-query-box]");
        if (box) box.focus();
        else open("palette");
      }
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [navigate, open]);
}
