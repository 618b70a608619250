import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { count } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { BareInput, CheckBox } from "@/shared/ui/field";
import { Bar, Quiet } from "@/shared/ui/page";
import { columnsQuery } from "../api/runs";
import type { ColumnChooserProps } from "./column-chooser";
import css from "./runs.module.css";
import { columnId } from "./runs-search";

const SHOWN = 200;
/** The server answers so many keys of a kind; where there are more, the typed words go to it. */
const ANSWERED = 1000;
/** The server answers the values of so many keys of a kind. */
const MOST_OF_A_KIND = 200;

/** The inside of the chooser; up to 10,000 keys stay searchable. */
export function ColumnChoices({ experimentId, filter, known, chosen, onChange }: ColumnChooserProps) {
  const [words, setWords] = useState("");
  const full = [known.metrics, known.params, known.tags].some((keys) => keys.length >= ANSWERED);
  const asked = useDeferredValue(words.trim());
  const named = useQuery({
    ...columnsQuery(experimentId, filter, asked),
    enabled: full && asked !== "",
    placeholderData: (previous) => previous,
  });
  const { metrics, params, tags } = (full && asked !== "" && named.data) || known;
  const ids = chosen.map(columnId);
  const all = [
    ...metrics.map((item) => ({ id: `metrics.${item.key}`, runs: item.runs })),
    ...params.map((item) => ({ id: `params.${item.key}`, runs: item.runs })),
    ...tags.map((item) => ({ id: `tags.${item.key}`, runs: item.runs })),
  ];
  const found = all.filter((item) => item.id.toLowerCase().includes(words.toLowerCase()));
  const fullKinds = (["metrics", "params", "tags"] as const).filter(
    (kind) => chosen.filter((choice) => choice.kind === kind).length >= MOST_OF_A_KIND,
  );
  const isFull = (id: string) => fullKinds.some((kind) => id.startsWith(`${kind}.`)) && !ids.includes(id);
  function flip(id: string) {
    onChange(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]);
  }
  return (
    <div className={css.chooser}>
      <BareInput
        label="Find a column"
        placeholder={full ? "Find in all columns" : `Find in ${count(all.length)} columns`}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={css.choices} aria-label="Columns" tabIndex={0}>
        {found.slice(0, SHOWN).map((item) => (
          <CheckBox
            key={item.id}
            checked={ids.includes(item.id)}
            disabled={isFull(item.id)}
            onChange={() => flip(item.id)}
            label={
              <>
                <span className={css.key}>{item.id}</span> <Quiet>{count(item.runs)}</Quiet>
              </>
            }
          />
        ))}
        {found.length > SHOWN && (
          <Quiet>
            {full && words === "" ? "Many" : count(found.length - SHOWN)} more; type to find them.
          </Quiet>
        )}
      </section>
      {fullKinds.map((kind) => (
        <Quiet key={kind}>
          {MOST_OF_A_KIND} {kind} are in the table, which is the most; take one out to add another.
        </Quiet>
      ))}
      <Bar>
        <Button small onClick={() => onChange(undefined)}>
          Those that vary
        </Button>
        <Quiet>Counted on the latest {count(known.counted)} runs</Quiet>
      </Bar>
    </div>
  );
}
