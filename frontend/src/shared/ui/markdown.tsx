import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { type MouseEvent, useState } from "react";
import { Button, IconButton } from "./button";
import { Form, TextArea } from "./field";
import type { Mentioned } from "./link-mentions";
import css from "./markdown.module.css";

/** The renderer is fetched with the first text that needs it. */
function useMarkdown(source: string, mentions: readonly Mentioned[]): string {
  const rendered = useQuery({
    queryKey: ["markdown", source, mentions],
    queryFn: async () => (await import("./render-markdown")).renderMarkdown(source, mentions),
    enabled: source !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  return rendered.data ?? "";
}

const NONE: readonly Mentioned[] = [];

export function Markdown({ source, mentions = NONE }: { source: string; mentions?: readonly Mentioned[] }) {
  const html = useMarkdown(source, mentions);
  const { history } = useRouter();
  /** A mention is a page of ours, which needs no new document. */
  function onClick(event: MouseEvent<HTMLDivElement>) {
    const link = event.target instanceof Element ? event.target.closest("a[data-mention]") : null;
    const href = link?.getAttribute("href");
    if (!href || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.push(href);
  }
  // biome-ignore lint/security/noDangerouslySetInnerHtml: render-markdown.ts emits no element it did not write itself
  // biome-ignore lint/a11y: the links in it are what is pressed, with keys too
  return <div className={css.markdown} onClick={onClick} dangerouslySetInnerHTML={{ __html: html }} />;
}

interface EditableProps {
  /** "description", for the labels of the controls. */
  what: string;
  source: string;
  placeholder: string;
  onSave: (text: string) => Promise<unknown>;
}

/** Text shown as Markdown and edited in place; what was typed is kept when saving is refused. */
export function EditableMarkdown({ what, source, placeholder, onSave }: EditableProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  async function save(text: string) {
    setBusy(true);
    try {
      await onSave(text);
      setDraft(null);
    } finally {
      setBusy(false);
    }
  }
  if (draft === null) {
    return (
      <div className={css.view}>
        {source ? <Markdown source={source} /> : <span className={css.missing}>{placeholder}</span>}
        <IconButton small icon="edit" label={`Edit ${what}`} onClick={() => setDraft(source)} />
      </div>
    );
  }
  return (
    <Form
      onSubmit={() => void save(draft).catch(() => undefined)}
      actions={
        <>
          <Button onClick={() => setDraft(null)}>Cancel</Button>
          <Button kind="primary" type="submit" disabled={busy}>
            Save {what}
          </Button>
        </>
      }
    >
      <TextArea
        label={`Edit ${what}`}
        hint="Markdown. Raw HTML is shown as text."
        value={draft}
        rows={6}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && setDraft(null)}
      />
    </Form>
  );
}
