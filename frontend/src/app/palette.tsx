import { lazyRouteComponent } from "@tanstack/react-router";
import { type KeyboardEvent, Suspense, useCallback, useLayoutEffect, useRef, useState } from "react";
import { codeOf } from "@/shared/routing/part";
import css from "./palette.module.css";

const PaletteList = lazyRouteComponent(() => import("./palette-list"), "PaletteList");

/** The lines come with the first use: fetches them for whoever reaches for the palette. */
export function fetchLines(): void {
  void codeOf(PaletteList);
}

/** Finds anything by name. The box is part of the first visit and opens in the very keystroke, without a library, so
 *  that whatever is typed after Ctrl+K goes into it, however quickly, and Enter waits for the lines. */
export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [entered, setEntered] = useState(false);
  const [count, setCount] = useState(0);
  const onTaken = useCallback(() => setEntered(false), []);
  const current = Math.min(at, count - 1);

  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // gives the focus back to where it was
  }, []);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setAt(Math.max(0, Math.min(count - 1, current + 1)));
    else if (event.key === "ArrowUp") setAt(Math.max(0, current - 1));
    else if (event.key === "Enter") setEntered(true);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does what a click outside does
    <dialog
      ref={dialog}
      className={css.dialog}
      aria-label="Find"
      onCancel={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className={css.body}>
        <input
          className={css.input}
          role="combobox"
          aria-label="Find a run, a model, a page or an action"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={count > 0 ? `palette-${current}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder="Run, experiment, model, alias, digest, deployment, page or action"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
            setEntered(false);
          }}
          onKeyDown={onKeyDown}
        />
        <Suspense
          fallback={
            <div id="palette-list" role="listbox" aria-label="Found" aria-busy className={css.list} />
          }
        >
          <PaletteList
            words={typed.trim()}
            at={at}
            entered={entered}
            onAt={setAt}
            onTaken={onTaken}
            onCount={setCount}
            onClose={onClose}
            onHelp={onHelp}
          />
        </Suspense>
      </div>
    </dialog>
  );
}
