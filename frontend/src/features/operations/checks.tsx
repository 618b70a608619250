import { Icon } from "@/shared/ui/icon";
import type { Health } from "./api/operations";
import css from "./operations.module.css";

export function Checks({ checks }: { checks: Health["checks"] }) {
  return (
    <ul className={css.checks}>
      {checks.map((check) => (
        <li key={check.name}>
          <span className={check.ok ? css.ok : css.no}>
            <Icon name={check.ok ? "check" : "warning"} />
          </span>
          <span>
            <b>{check.name}</b>
            <span className="visually-hidden">{check.ok ? ": fine. " : ": needs attention. "}</span>
            <span className={css.detail}>{check.detail}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
