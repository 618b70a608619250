import { type ReactNode, Suspense, useState } from "react";
import { ApiError, wayOn } from "@/shared/api/errors";
import { shortDigest } from "@/shared/lib/format";
import { Button, IconButton } from "./button";
import { Icon } from "./icon";
import css from "./notice.module.css";

/** What belongs here, and how to get the first one. */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={css.empty}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const message = error instanceof Error ? error.message : String(error);
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className={css.error} role="alert">
      <span>
        <Icon name="warning" />
      </span>
      <strong>{message}</strong>
      <div className={css.rest}>
        <span>{wayOn(error)}</span>
        {requestId && (
          <span>
            Request <CopyText text={requestId} />
          </span>
        )}
        {onRetry && (
          <Button small onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}

export function Skeleton({ lines = 6 }: { lines?: number }) {
  return (
    <div className={css.skeleton} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: grey bars have no identity
        <span key={at} />
      ))}
    </div>
  );
}

interface AsyncState {
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** The three faces of an asked-for thing: loading (the data, or the code that draws it), refused, here. */
export function Loaded({ of, lines, children }: { of: AsyncState; lines?: number; children: ReactNode }) {
  const waiting = <Skeleton lines={lines ?? 6} />;
  if (of.isPending) return waiting;
  if (of.error) return <ErrorNotice error={of.error} onRetry={() => void of.refetch()} />;
  return <Suspense fallback={waiting}>{children}</Suspense>;
}

function useCopy(text: string): [boolean, () => void] {
  const [done, setDone] = useState(false);
  async function copy() {
    await navigator.clipboard.writeText(text);
    setDone(true);
    window.setTimeout(() => setDone(false), 1500);
  }
  return [done, () => void copy()];
}

export function CodeBlock({ code, label = "Code" }: { code: string; label?: string }) {
  const [done, copy] = useCopy(code);
  return (
    <div className={css.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{code}</code>
      </pre>
      <IconButton small icon={done ? "check" : "copy"} label={done ? "Copied" : "Copy"} onClick={copy} />
    </div>
  );
}

/** An id or digest: short on screen, whole in the clipboard and in the title. */
export function CopyText({ text, short = false }: { text: string; short?: boolean }) {
  const [done, copy] = useCopy(text);
  return (
    <span className={css.copyable}>
      <span className={css.mono} title={text}>
        {short ? shortDigest(text) : text}
      </span>
      <IconButton
        small
        icon={done ? "check" : "copy"}
        label={done ? "Copied" : `Copy ${text}`}
        onClick={copy}
      />
    </span>
  );
}
