import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useLayoutEffect } from "react";
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

interface PaletteListProps {
  words: string;
  /** The line that the keys have gone to; past the last one it is the last. */
  at: number;
  /** Whether Enter was pressed for these words. */
  entered: boolean;
  onAt: (at: number) => void;
  onTaken: () => void;
  onCount: (lines: number) => void;
  onClose: () => void;
  onHelp: () => void;
}

/** The lines of the palette. */
export function PaletteList({ words, at, entered, ...tell }: PaletteListProps) {
  const { onAt, onTaken, onCount, onClose, onHelp } = tell;
  const { entries, fixed, waiting } = useEntries(words, onClose, onHelp);
  const count = entries.length;
  const current = Math.min(at, count - 1);
  const choice = choiceOnEnter({ current, count, fixed, waiting, byHand: at > 0 });
  useLayoutEffect(() => onCount(count), [onCount, count]);

  // Enter was pressed before the server had answered for these words: its first find is taken when it comes.
  useEffect(() => {
    if (!entered || choice === "wait") return;
    onTaken();
    if (choice !== "nothing") entries[choice]?.run();
  }, [entered, choice, entries, onTaken]);

  return (
    <div id="palette-list" role="listbox" aria-label="Found" aria-busy={waiting} className={css.list}>
      {entries.map((item, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the input picks it
        <div
          key={item.id}
          id={`palette-${index}`}
          role="option"
          aria-selected={index === current}
          className={css.option}
          onMouseMove={() => onAt(index)}
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
      {count === 0 && <div className={css.option}>{waiting ? "Looking…" : "Nothing is called that."}</div>}
    </div>
  );
}
