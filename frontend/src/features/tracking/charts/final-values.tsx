import type { Line } from "@/shared/chart/align";
import { figure } from "@/shared/lib/format";
import css from "./charts.module.css";

interface FinalValuesProps {
  title: string;
  /** Lines of one point. */
  lines: readonly Line[];
  log: boolean;
}

/** Whether there is no course to draw: every run has the metric once, at its end. */
export function isFinal(lines: readonly Pick<Line, "y">[]): boolean {
  return lines.length > 0 && lines.every((line) => line.y.length === 1);
}

/** A metric that each run logged once: where each value stands between the least and the greatest. */
export function FinalValues({ title, lines, log }: FinalValuesProps) {
  const bent = (value: number | null) => (value !== null && log ? Math.log10(value) : value);
  const places = lines.map((line) => bent(line.y[0] ?? null));
  const present = places.filter((place) => place !== null && Number.isFinite(place)) as number[];
  const [low, high] = [Math.min(...present), Math.max(...present)];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className={css.finals} tabIndex={0} aria-label={`Values of ${title}`} data-ready={lines.length}>
      <ul>
        {lines.map((line, index) => {
          // A single value, or equal ones, stand in the middle; what is no number, nowhere.
          const at = low === high ? 0.5 : ((places[index] ?? Number.NaN) - low) / (high - low);
          return (
            <li key={line.key}>
              <span className={css.name} title={line.label}>
                {line.label}
              </span>
              <span className={css.track}>
                {Number.isFinite(at) && places[index] !== null && (
                  <span
                    className={css.dot}
                    style={{ insetInlineStart: `${at * 100}%`, background: line.colour }}
                  />
                )}
              </span>
              <b>{figure(line.y[0] ?? null)}</b>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
