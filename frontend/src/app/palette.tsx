import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useDeferredValue, useState } from "react";
import { api, ask } from "@/shared/api/client";
import { setTheme } from "@/shared/lib/theme";
import { Dialog } from "@/shared/ui/dialog";
import { Icon, type IconName } from "@/shared/ui/icon";
import { NAV } from "./nav";
import css from "./palette.module.css";

interface Entry {
  id: string;
  title: string;
  kind: string;
  icon: IconName;
  run: () => void;
}

const FOUND = 6;

/** Models, experiments and deployments by part of their name, a run or a prediction by its whole id. */
async function findByName(words: string): Promise<Omit<Entry, "run">[]> {
  const query = { q: words, limit: FOUND };
  const [models, experiments, deployments] = await Promise.all([
    ask(api.GET("/api/v1/models", { params: { query } })),
    ask(api.GET("/api/v1/experiments", { params: { query } })),
    ask(api.GET("/api/v1/serving/deployments", { params: { query } })),
  ]);
  const run = /^[0-9a-f]{32}$/.test(words)
    ? [
        { id: `/runs/${words}`, title: words, kind: "run", icon: "chart" as const },
        { id: `/predictions/${words}`, title: words, kind: "prediction", icon: "prediction" as const },
      ]
    : [];
  return [
    ...run,
    ...models.items.map(({ name }) => ({
      id: `/models/${encodeURIComponent(name)}`,
      title: name,
      kind: "model",
      icon: "models" as const,
    })),
    ...experiments.items.map(({ id, name }) => ({
      id: `/experiments/${id}`,
      title: name,
      kind: "experiment",
      icon: "experiments" as const,
    })),
    ...deployments.items.map(({ name }) => ({
      id: `/deployments/${encodeURIComponent(name)}`,
      title: name,
      kind: "deployment",
      icon: "deployments" as const,
    })),
  ];
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
  const pages = NAV.flatMap((group) => group.items).map((item) => ({
    id: item.to,
    title: item.label,
    kind: "page",
    icon: item.icon,
    run: () => go(item.to),
  }));
  const actions: Entry[] = [
    { id: "dark", title: "Dark theme", kind: "action", icon: "moon", run: () => setTheme("dark") },
    { id: "light", title: "Light theme", kind: "action", icon: "sun", run: () => setTheme("light") },
    {
      id: "system",
      title: "Theme like the system",
      kind: "action",
      icon: "screen",
      run: () => setTheme("system"),
    },
    { id: "help", title: "Keyboard shortcuts", kind: "action", icon: "info", run: onHelp },
    { id: "design", title: "Design system", kind: "page", icon: "palette", run: () => go("/design") },
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
        placeholder="Run, model, page or action"
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
            <span className={css.title}>{entry.title}</span>
            <span className={css.kind}>{entry.kind}</span>
          </div>
        ))}
        {entries.length === 0 && <div className={css.option}>Nothing is called that.</div>}
      </div>
    </Dialog>
  );
}
