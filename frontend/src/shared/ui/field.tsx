import { type ComponentProps, type FormEvent, type ReactNode, useId } from "react";
import css from "./field.module.css";

interface Told {
  label: string;
  hint?: string | undefined;
  /** What is wrong, in words; the control is marked invalid while it is set. */
  error?: string | undefined;
}

function describe(id: string, { hint, error }: Told) {
  const by = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return { "aria-invalid": error ? true : undefined, "aria-describedby": by || undefined };
}

function Around({ id, told, children }: { id: string; told: Told; children: ReactNode }) {
  return (
    <div className={css.field}>
      <label className={css.label} htmlFor={id}>
        {told.label}
      </label>
      {children}
      {told.hint && (
        <span className={css.hint} id={`${id}-hint`}>
          {told.hint}
        </span>
      )}
      {told.error && (
        <span className={css.error} id={`${id}-error`} role="alert">
          {told.error}
        </span>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, ...rest }: Told & ComponentProps<"input">) {
  const id = useId();
  const told = { label, hint, error };
  return (
    <Around id={id} told={told}>
      <input {...rest} id={id} className={css.input} {...describe(id, told)} />
    </Around>
  );
}

export function TextArea({ label, hint, error, ...rest }: Told & ComponentProps<"textarea">) {
  const id = useId();
  const told = { label, hint, error };
  return (
    <Around id={id} told={told}>
      <textarea {...rest} id={id} className={css.input} {...describe(id, told)} />
    </Around>
  );
}

export function Choice({ label, hint, error, children, ...rest }: Told & ComponentProps<"select">) {
  const id = useId();
  const told = { label, hint, error };
  return (
    <Around id={id} told={told}>
      <select {...rest} id={id} className={css.input} {...describe(id, told)}>
        {children}
      </select>
    </Around>
  );
}

export function CheckBox({ label, ...rest }: { label: ReactNode } & ComponentProps<"input">) {
  return (
    <label className={css.check}>
      <input {...rest} type="checkbox" />
      <span>{label}</span>
    </label>
  );
}

/** A choice whose label is only read aloud: one that stands in a bar of controls. */
export function BareChoice({ label, children, ...rest }: { label: string } & ComponentProps<"select">) {
  return (
    <select {...rest} aria-label={label} className={`${css.input} ${css.narrow}`}>
      {children}
    </select>
  );
}

/** A one-line input whose label is only read aloud: search boxes and cells. */
export function BareInput({ label, ...rest }: { label: string } & ComponentProps<"input">) {
  return <input {...rest} aria-label={label} className={`${css.input} ${rest.className ?? ""}`} />;
}

interface FormProps {
  onSubmit: () => void;
  actions: ReactNode;
  children: ReactNode;
}

/** One form for the whole page: fields above, actions below at the end of the line. */
export function Form({ onSubmit, actions, children }: FormProps) {
  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit();
  }
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      {children}
      <div className={css.actions}>{actions}</div>
    </form>
  );
}
