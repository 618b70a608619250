import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Swatch } from "@/shared/chart/swatch";
import { count } from "@/shared/lib/format";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { packedQuery } from "../api/packed";
import type { Comparison } from "../api/runs";
import css from "./compare.module.css";
import { best, type CompareRow, direction, shown } from "./differences";
import { NOTHING_PACKED } from "./packages";
import { type Section, sectionsOf } from "./sections";

/** Of so many keys of one kind the rows are drawn; the others are found by name. */
const ROWS = 200;

interface CompareTableProps {
  comparison: Comparison;
  /** Rows that are equal everywhere too. */
  all: boolean;
  /** Only keys that contain this. */
  words: string;
}

export function CompareTable({ comparison, all, words }: CompareTableProps) {
  const shade = useShade();
  const ids = comparison.runs.map((run) => run.id);
  const found = useQuery(packedQuery(ids)).data;
  const packed = ids.map((id) => found?.get(id) ?? NOTHING_PACKED);
  const given = { all, words: words.toLowerCase(), width: comparison.runs.length };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={css.scroll} tabIndex={0} aria-label="Differences between the runs">
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Key</span>
            </th>
            {comparison.runs.map((run, place) => (
              <th key={run.id} scope="col">
                <Swatch {...mark(place, shade)} />{" "}
                <Link to="/runs/$runId" params={{ runId: run.id }} title={run.name}>
                  {run.name}
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sectionsOf(comparison, packed).map((section) => (
            <Rows key={section.title} {...section} {...given} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface RowsProps extends Section {
  all: boolean;
  words: string;
  width: number;
}

function Rows({ title, rows, all, words, width }: RowsProps) {
  const kept = rows.filter((row) => (all || row.differs) && row.key.toLowerCase().includes(words));
  if (kept.length === 0) return null;
  return (
    <>
      <tr className={css.section}>
        <th scope="rowgroup" colSpan={width + 1}>
          {title}
        </th>
      </tr>
      {kept.slice(0, ROWS).map((row) => (
        <tr key={row.key}>
          <th scope="row" title={row.key}>
            {row.key}
          </th>
          <Cells row={row} />
        </tr>
      ))}
      {kept.length > ROWS && (
        <tr>
          <th scope="row" colSpan={width + 1}>
            {count(kept.length - ROWS)} more; find them by name above.
          </th>
        </tr>
      )}
    </>
  );
}

function Cells({ row }: { row: CompareRow }) {
  const figures = row.values.map((value) => (typeof value === "number" ? value : null));
  const winners = best(figures, direction(row.key));
  return row.values.map((value, at) => (
    <td
      // biome-ignore lint/suspicious/noArrayIndexKey: the place is the run
      key={at}
      className={`${typeof value === "number" ? css.figure : ""} ${winners.has(at) ? css.best : ""}`}
      title={shown(value)}
    >
      {shown(value)}
      {winners.has(at) && <span title="best by this metric's direction"> ★</span>}
    </td>
  ));
}
