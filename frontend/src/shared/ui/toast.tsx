import { useSyncExternalStore } from "react";
import { ApiError, wayOn } from "@/shared/api/errors";
import { IconButton } from "./button";
import { Icon } from "./icon";
import css from "./toast.module.css";

interface Toast {
  id: number;
  good: boolean;
  text: string;
  detail: string;
}

const SHOWN_MS = 6_000;
let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function publish(list: readonly Toast[]): void {
  toasts = list;
  for (const listener of listeners) listener();
}

function dismiss(id: number): void {
  publish(toasts.filter((toast) => toast.id !== id));
}

export function say(text: string): void {
  const toast = { id: next++, good: true, text, detail: "" };
  publish([...toasts, toast]);
  window.setTimeout(() => dismiss(toast.id), SHOWN_MS);
}

/** A refusal stays until it is dismissed: it must be readable, and its request id copyable. */
export function complain(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const id = error instanceof ApiError && error.requestId ? ` Request ${error.requestId}.` : "";
  publish([...toasts.slice(-2), { id: next++, good: false, text, detail: wayOn(error) + id }]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const list = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={css.viewport} role="status" aria-live="polite">
      {list.map((toast) => (
        <div key={toast.id} className={css.toast}>
          <span className={toast.good ? css.good : css.bad}>
            <Icon name={toast.good ? "check" : "warning"} />
          </span>
          <span className={css.text}>
            {toast.text}
            {toast.detail && <span className={css.id}>{toast.detail}</span>}
          </span>
          <IconButton small icon="close" label="Dismiss" onClick={() => dismiss(toast.id)} />
        </div>
      ))}
    </div>
  );
}
