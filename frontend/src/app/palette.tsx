import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { api, ask } from "@/shared/api/client";
import { setTheme } from "@/shared/lib/theme";
import { Icon, type IconName } from "@/shared/ui/icon";
import { choiceOnEnter, entryOf, type FoundEntry } from "./found";
import { NAV } from "./nav";
import css from "./palette.module.css";

interface Entry extends FoundEntry {
  run: () => void;
}

const FOUND = 6;
const PREDICTION_ID = /^[0-9a-f]{32}$/;

/** What the server finds by name, and a prediction by its whole id. */
async function findByName(words: string): Promise<FoundEntry[]> {
  const named = await ask(api.GET("/api/v1/search", { params: { query: { q: words, limit: FOUND } } }));
  const prediction = {
    id: `/predictions/${words}`,
    title: words,
    kind: "prediction",
    icon: "prediction" as const,
  };
  return [...named.items.map(entryOf), ...(PREDICTION_ID.test(words) ? [{ ...prediction, detail: "" }] : [])];
}

function entry(kind: string, id: string, title: string, icon: IconName, run: () => void): Entry {
  return { id, title, detail: "", kind, icon, run };
}

function useEntries(words: string, onClose: () => void, onHelp: () => void) {
  const navigate = useNavigate();
  const found = useQuery({
    queryKey: ["palette", words],
    queryFn: () => findByName(words),
    enabled: words.length > 0,
    placeholderData: (previous) => previous,
  });
  function go(to: string) {
    onClose();
    void navigate({ to });
  }
  function paint(theme: "dark" | "light" | "system") {
    onClose();
    setTheme(theme);
  }
  const known: Entry[] = [
    ...NAV.flatMap((group) => group.items).map((item) =>
      entry("page", item.to, item.label, item.icon, () => go(item.to)),
    ),
    entry("action", "dark", "Dark theme", "moon", () => paint("dark")),
    entry("action", "light", "Light theme", "sun", () => paint("light")),
    entry("action", "system", "Theme like the system", "screen", () => paint("system")),
    entry("action", "help", "Keyboard shortcuts", "info", onHelp),
    entry("page", "design", "Design system", "palette", () => go("/design")),
  ];
  const lower = words.toLowerCase();
  const fixed = known.filter(({ title }) => title.toLowerCase().includes(lower));
  const remote = words === "" ? [] : (found.data ?? []);
  return {
    entries: [...fixed, ...remote.map((item) => ({ ...item, run: () => go(item.id) }))],
    fixed: fixed.length,
    /** Whether what the server found belongs to other words than these: the answer is still on its way. */
    waiting: words !== "" && (found.isPending || found.isPlaceholderData),
  };
}

/** Finds anything by name. It is part of the first visit and opens in the very keystroke, without a library, so that
 *  whatever is typed after Ctrl+K goes into it, however quickly. */
export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const [entered, setEntered] = useState(false);
  const { entries, fixed, waiting } = useEntries(typed.trim(), onClose, onHelp);
  const current = Math.min(at, entries.length - 1);
  const choice = choiceOnEnter({ current, count: entries.length, fixed, waiting, byHand: at > 0 });

  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // gives the focus back to where it was
  }, []);

  // Enter was pressed before the server had answered for these words: its first find is taken when it comes.
  useEffect(() => {
    if (!entered || choice === "wait") return;
    setEntered(false);
    if (choice !== "nothing") entries[choice]?.run();
  }, [entered, choice, entries]);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setAt(Math.min(entries.length - 1, current + 1));
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
          aria-activedescendant={entries.length > 0 ? `palette-${current}` : undefined}
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
        <div id="palette-list" role="listbox" aria-label="Found" aria-busy={waiting} className={css.list}>
          {entries.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the input picks it
            <div
              key={item.id}
              id={`palette-${index}`}
              role="option"
              aria-selected={index === current}
              className={css.option}
              onMouseMove={() => setAt(index)}
              onClick={item.run}
            >
              <Icon name={item.icon} />
              <span className={css.title} title={item.title}>
                {item.title}
              </span>
              {item.detail && <span className={css.detail}>{item.detail}</span>}
              <span className={css.kind}>{item.kind}</span>
            </div>
          ))}
          {entries.length === 0 && (
            <div className={css.option}>{waiting ? "Looking…" : "Nothing is called that."}</div>
          )}
        </div>
      </div>
    </dialog>
  );
}
