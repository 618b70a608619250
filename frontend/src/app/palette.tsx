import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useDeferredValue, useState } from "react";
import { api, ask } from "@/shared/api/client";
import { setTheme } from "@/shared/lib/theme";
import { Dialog } from "@/shared/ui/dialog";
import { Icon } from "@/shared/ui/icon";
import { entryOf, type FoundEntry } from "./found";
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

function useEntries(words: string, onClose: () => void, onHelp: () => void): Entry[] {
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
  const pages: Entry[] = NAV.flatMap((group) => group.items).map((item) => ({
    id: item.to,
    title: item.label,
    detail: "",
    kind: "page",
    icon: item.icon,
    run: () => go(item.to),
  }));
  const actions: Entry[] = [
    {
      id: "dark",
      title: "Dark theme",
      detail: "",
      kind: "action",
      icon: "moon",
      run: () => setTheme("dark"),
    },
    {
      id: "light",
      title: "Light theme",
      detail: "",
      kind: "action",
      icon: "sun",
      run: () => setTheme("light"),
    },
    {
      id: "system",
      title: "Theme like the system",
      detail: "",
      kind: "action",
      icon: "screen",
      run: () => setTheme("system"),
    },
    { id: "help", title: "Keyboard shortcuts", detail: "", kind: "action", icon: "info", run: onHelp },
    {
      id: "design",
      title: "Design system",
      detail: "",
      kind: "page",
      icon: "palette",
      run: () => go("/design"),
    },
  ];
  const lower = words.toLowerCase();
  const fixed = [...pages, ...actions].filter((entry) => entry.title.toLowerCase().includes(lower));
  const remote = words === "" ? [] : (found.data ?? []);
  return [...fixed, ...remote.map((item) => ({ ...item, run: () => go(item.id) }))];
}

export default function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(useDeferredValue(typed.trim()), onClose, onHelp);
  const current = Math.min(at, entries.length - 1);

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setAt(Math.min(entries.length - 1, current + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, current - 1));
    else if (event.key === "Enter") pick(entries[current]);
    else return;
    event.preventDefault();
  }

  function pick(entry: Entry | undefined) {
    if (!entry) return;
    onClose();
    entry.run();
  }

  return (
    <Dialog open bare onClose={onClose} title="Find">
      <input
        autoFocus
        className={css.input}
        role="combobox"
        aria-label="Find a run, a model, a page or an action"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length > 0 ? `palette-${current}` : undefined}
        placeholder="Run, experiment, model, alias, digest, deployment, page or action"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label="Found" className={css.list}>
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the input picks it
          <div
            key={entry.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === current}
            className={css.option}
            onMouseMove={() => setAt(index)}
            onClick={() => pick(entry)}
          >
            <Icon name={entry.icon} />
            <span className={css.title} title={entry.title}>
              {entry.title}
            </span>
            {entry.detail && <span className={css.detail}>{entry.detail}</span>}
            <span className={css.kind}>{entry.kind}</span>
          </div>
        ))}
        {entries.length === 0 && <div className={css.option}>Nothing is called that.</div>}
      </div>
    </Dialog>
  );
}
