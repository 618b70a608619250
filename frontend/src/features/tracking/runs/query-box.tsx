import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "@/shared/api/errors";
import { BareInput } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import type { RunColumns } from "../api/runs";
import { apply, complete, placeOf, type Suggestion } from "./completion";
import { recentQueries, rememberQuery } from "./recent-queries";
import css from "./runs.module.css";

interface QueryBoxProps {
  value: string;
  known: RunColumns;
  /** The server's refusal of the present query, shown where it is wrong. */
  error: unknown;
  onQuery: (query: string) => void;
}

const EXAMPLE = "metrics.accuracy > 0.9 and params.model = 'forest'";

/** One line of the query language, with the keys that these runs have offered while typing. */
export function QueryBox({ value, known, error, onQuery }: QueryBoxProps) {
  const [draft, setDraft] = useState(value);
  const [offered, setOffered] = useState<Suggestion[]>([]);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => setDraft(value), [value]);

  function offer(query: string, cursor: number) {
    const asked = query.trim() === "" ? recentQueries() : [];
    setOffered([
      ...asked.map((text) => ({ text, hint: "asked before", whole: true as const })),
      ...complete(query, cursor, known),
    ]);
    setAt(-1);
  }

  function pick(suggestion: Suggestion) {
    if (suggestion.whole) {
      setDraft(suggestion.text);
      submit(suggestion.text);
      return;
    }
    const next = apply(draft, input.current?.selectionStart ?? draft.length, suggestion);
    setDraft(next.query);
    offer(next.query, next.cursor);
    window.requestAnimationFrame(() => input.current?.setSelectionRange(next.cursor, next.cursor));
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    const chosen = offered[at];
    if (event.key === "ArrowDown" && offered.length === 0) {
      offer(draft, event.currentTarget.selectionStart ?? 0);
      setAt(0);
    } else if (event.key === "ArrowDown" && offered.length > 0) setAt((at + 1) % offered.length);
    else if (event.key === "ArrowUp" && offered.length > 0) setAt(at <= 0 ? offered.length - 1 : at - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen) pick(chosen);
    else if (event.key === "Enter") submit(draft.trim());
    else if (event.key === "Escape" && offered.length > 0) setOffered([]);
    else return;
    event.preventDefault();
  }

  function submit(query: string) {
    setOffered([]);
    rememberQuery(query);
    onQuery(query);
  }

  return (
    <div className={css.query}>
      <Icon name="filter" />
      <BareInput
        label="Query"
        ref={input}
        data-query-box=""
        role="combobox"
        aria-expanded={offered.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={EXAMPLE}
        value={draft}
        onChange={(event) => {
          setDraft(event.target.value);
          offer(event.target.value, event.target.selectionStart ?? 0);
        }}
        onFocus={(event) => offer(draft, event.target.selectionStart ?? 0)}
        onBlur={() => window.setTimeout(() => setOffered([]), 150)}
        onKeyDown={onKeyDown}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Suggestions"
        className={css.options}
        hidden={offered.length === 0}
      >
        {offered.map((suggestion, index) => (
          <div
            key={`${suggestion.hint} ${suggestion.text}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className={css.option}
            onMouseDown={(event) => {
              event.preventDefault();
              pick(suggestion);
            }}
          >
            <span>{suggestion.text}</span>
            <span>{suggestion.hint}</span>
          </div>
        ))}
      </div>
      {error !== null && error !== undefined && <Wrong id={`${id}-error`} query={value} error={error} />}
    </div>
  );
}

function Wrong({ id, query, error }: { id: string; query: string; error: unknown }) {
  const message = error instanceof Error ? error.message : String(error);
  const place = error instanceof ApiError ? placeOf(error.facts) : undefined;
  return (
    <div id={id} className={css.wrong} role="alert">
      {message}
      {place && (
        <div>
          <code>
            {query.slice(0, place.start)}
            <mark>{query.slice(place.start, place.end) || "⟨end⟩"}</mark>
            {query.slice(place.end)}
          </code>
        </div>
      )}
    </div>
  );
}
