import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, IconButton } from "./button";
import { Form, TextArea } from "./field";
import css from "./markdown.module.css";

/** The renderer is fetched with the first text that needs it. */
function useMarkdown(source: string): string {
  const rendered = useQuery({
    queryKey: ["markdown", source],
    queryFn: async () => (await import("./render-markdown")).renderMarkdown(source),
    enabled: source !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  return rendered.data ?? "";
}

export function Markdown({ source }: { source: string }) {
  const html = useMarkdown(source);
  // biome-ignore lint/security/noDangerouslySetInnerHtml: render-markdown.ts emits no element it did not write itself
  return <div className={css.markdown} dangerouslySetInnerHTML={{ __html: html }} />;
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
