import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { follow } from "@/shared/api/follow";
import { setPaused, useFollowing } from "@/shared/lib/live";
import { prefix } from "@/shared/lib/place";
import { IconButton } from "@/shared/ui/button";
import { Icon } from "@/shared/ui/icon";
import { Toasts } from "@/shared/ui/toast";
import { NAV } from "./nav";
import { fetchLines, Palette } from "./palette";
import css from "./shell.module.css";
import { ThemeButton } from "./theme-button";
import { useShortcuts } from "./use-shortcuts";

const ShortcutHelp = lazy(() => import("./shortcut-help"));

/** The frame around every page: menu, search, and the things that float above. */
export function Shell() {
  const [over, setOver] = useState<"palette" | "help" | null>(null);
  const [menu, setMenu] = useState(false);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const client = useQueryClient();
  useShortcuts(setOver);
  useEffect(() => follow(client), [client]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page closes the menu and starts at its top
  useEffect(() => {
    setMenu(false);
    setOver(null);
    main.current?.focus({ preventScroll: true });
  }, [path]);

  return (
    <div className={`${css.shell} ${menu ? css.open : ""}`}>
      <a className={css.skip} href="#main">
        Skip to content
      </a>
      <SideMenu />
      <button type="button" className={css.veil} aria-label="Close menu" onClick={() => setMenu(false)} />
      <header className={css.top}>
        <span className={css.menuButton}>
          <IconButton icon="menu" label="Menu" aria-expanded={menu} onClick={() => setMenu(!menu)} />
        </span>
        <button
          type="button"
          className={css.search}
          onClick={() => setOver("palette")}
          onPointerEnter={fetchLines}
          onFocus={fetchLines}
        >
          <Icon name="search" />
          <span>Find a run, a model, a page…</span>
          <kbd>Ctrl K</kbd>
        </button>
        <span className={css.spacer} />
        <PauseButton />
        <ThemeButton />
      </header>
      <main id="main" ref={main} className={css.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Toasts />
      {over === "palette" && <Palette onClose={() => setOver(null)} onHelp={() => setOver("help")} />}
      <Suspense fallback={null}>{over === "help" && <ShortcutHelp onClose={() => setOver(null)} />}</Suspense>
    </div>
  );
}

function SideMenu() {
  return (
    <nav aria-label="Main" className={css.side}>
      <Link to="/" className={css.brand}>
        <img src={`${prefix}/icon.svg`} alt="" width={24} height={24} />
        Modelwright
      </Link>
      {NAV.map((group) => (
        <div key={group.name} className={css.group}>
          <div className={css.groupName}>{group.name}</div>
          {group.items.map((item) => (
            <Link
              key={item.to}
              to={item.to}
              className={css.link}
              activeOptions={{ exact: item.to === "/", includeSearch: false }}
            >
              <Icon name={item.icon} />
              {item.label}
            </Link>
          ))}
        </div>
      ))}
      <div className={css.foot}>
        Press <kbd>?</kbd> for shortcuts
      </div>
    </nav>
  );
}

const FOLLOWS = {
  told: "Live: the server tells of changes. Pause",
  asking: "Live: the page asks for changes. Pause",
  paused: "Live updates are paused: resume",
};

function PauseButton() {
  const how = useFollowing();
  return (
    <IconButton
      icon={how === "paused" ? "play" : "pause"}
      label={FOLLOWS[how]}
      aria-pressed={how === "paused"}
      data-following={how}
      onClick={() => setPaused(how !== "paused")}
    />
  );
}
