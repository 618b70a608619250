import { Link } from "@tanstack/react-router";
import { Swatch } from "@/shared/chart/swatch";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import type { Comparison } from "../api/runs";
import css from "./compare.module.css";
import { best, codeRows, direction, ownRows, shown } from "./differences";

interface Row {
  key: string;
  values: (string | number | null)[];
  differs: boolean;
}

export function CompareTable({ comparison, all }: { comparison: Comparison; all: boolean }) {
  const shade = useShade();
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
          <Rows title="Metrics" rows={comparison.metrics} all={all} width={comparison.runs.length} />
          <Rows title="Parameters" rows={comparison.params} all={all} width={comparison.runs.length} />
          <Rows
            title="Code and person"
            rows={codeRows(comparison.tags)}
            all={all}
            width={comparison.runs.length}
          />
          <Rows title="Tags" rows={ownRows(comparison.tags)} all={all} width={comparison.runs.length} />
        </tbody>
      </table>
    </section>
  );
}

function Rows({
  title,
  rows,
  all,
  width,
}: {
  title: string;
  rows: readonly Row[];
  all: boolean;
  width: number;
}) {
  const kept = rows.filter((row) => all || row.differs);
  if (kept.length === 0) return null;
  return (
    <>
      <tr className={css.section}>
        <th scope="rowgroup" colSpan={width + 1}>
          {title}
        </th>
      </tr>
      {kept.map((row) => (
        <tr key={row.key}>
          <th scope="row" title={row.key}>
            {row.key}
          </th>
          <Cells row={row} />
        </tr>
      ))}
    </>
  );
}

function Cells({ row }: { row: Row }) {
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
