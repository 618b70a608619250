import { useSyncExternalStore } from "react";
import { prefix } from "./place";

export type Theme = "system" | "light" | "dark";

const YEAR_S = 31_536_000;
const listeners = new Set<() => void>();
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

/** What the server wrote into the document from the cookie below. The browser's storage would make the first visit wait
 *  for it, longer than all code of ours takes to start. */
function read(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function setTheme(theme: Theme): void {
  const age = theme === "system" ? 0 : YEAR_S;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store needs a secure origin, which an intranet has not
  document.cookie = `modelwright-theme=${theme}; path=${prefix}/; max-age=${age}; samesite=lax`;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  systemDark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    systemDark.removeEventListener("change", listener);
  };
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, read);
}

/** What is drawn now; canvases need it because they cannot use light-dark(). */
export function useShade(): "light" | "dark" {
  return useSyncExternalStore(subscribe, () => {
    const theme = read();
    if (theme !== "system") return theme;
    return systemDark.matches ? "dark" : "light";
  });
}

/** The colour a token resolves to in the present theme, for canvases. */
export function tokenColour(token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
