import { Link } from "@tanstack/react-router";
import css from "./serving.module.css";

export function DeploymentLink({ name, inGrid = false }: { name: string; inGrid?: boolean }) {
  return (
    <Link
      to="/deployments/$name"
      params={{ name }}
      title={name}
      className={css.deployment}
      {...(inGrid ? { tabIndex: -1 } : {})}
    >
      {name}
    </Link>
  );
}

export function RolloutLink({ id, text }: { id: number; text?: string }) {
  return (
    <Link to="/rollouts/$id" params={{ id: String(id) }}>
      {text ?? `rollout ${id}`}
    </Link>
  );
}

/** A long name is cut before its number, which is what tells versions of one model apart. */
export function ServedVersionLink({ version }: { version: { model: string; number: number } }) {
  return (
    <Link
      to="/models/$name/versions/$number"
      params={{ name: version.model, number: String(version.number) }}
      title={versionName(version)}
      aria-label={versionName(version)}
      className={css.version}
    >
      <span>{version.model}</span>:{version.number}
    </Link>
  );
}

export function PredictionLink({ id }: { id: string }) {
  return (
    <Link to="/predictions/$id" params={{ id }}>
      <code>{id}</code>
    </Link>
  );
}

/** The version in a route's id: "fraud-17-d1c06379" -> "fraud:17"; ids of another form are shown as they are. */
export function routeName(id: string): string {
  return id.replace(/^(.+)-(\d+)-[0-9a-f]{8}$/, "$1:$2");
}

/** "fraud:17", as it is typed in the terminal. */
export function versionName({ model, number }: { model: string; number: number }): string {
  return `${model}:${number}`;
}
