import { type FormEvent, useState } from "react";
import { Button, IconButton } from "./button";
import { BareInput } from "./field";
import css from "./tags.module.css";

interface TagsProps {
  tags: Readonly<Record<string, string>>;
  /** A refusal was said by whoever asked: see `useChange`. */
  onSet?: (key: string, value: string) => Promise<unknown>;
  onDelete?: (key: string) => Promise<unknown>;
}

/** Tags with their values; with handlers they can be added and removed in place. */
export function Tags({ tags, onSet, onDelete }: TagsProps) {
  const [adding, setAdding] = useState(false);
  const keys = Object.keys(tags).sort();
  function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const key = String(form.get("key")).trim();
    if (key && onSet) quietly(onSet(key, String(form.get("value"))));
    setAdding(false);
  }
  return (
    <div className={css.tags}>
      {keys.map((key) => (
        <span key={key} className={css.tag} title={`${key}: ${tags[key]}`}>
          <span className={css.key}>{key}</span>
          <span>{tags[key]}</span>
          {onDelete && (
            <IconButton
              small
              icon="close"
              label={`Remove tag ${key}`}
              onClick={() => quietly(onDelete(key))}
            />
          )}
        </span>
      ))}
      {onSet && !adding && (
        <Button small kind="quiet" icon="plus" onClick={() => setAdding(true)}>
          Tag
        </Button>
      )}
      {adding && (
        <form
          className={css.new}
          onSubmit={add}
          onKeyDown={(event) => event.key === "Escape" && setAdding(false)}
        >
          <BareInput label="Tag name" name="key" placeholder="name" autoFocus required />
          <BareInput label="Tag value" name="value" placeholder="value" />
          <Button kind="primary" type="submit">
            Add
          </Button>
        </form>
      )}
    </div>
  );
}

function quietly(change: Promise<unknown>): void {
  change.catch(() => undefined);
}
