import type { ComponentProps } from "react";
import css from "./button.module.css";
import { Icon, type IconName } from "./icon";

export interface ButtonLook {
  kind?: "plain" | "primary" | "danger" | "quiet";
  small?: boolean;
  icon?: IconName;
}

/** The class of a button, for links and Base UI triggers that must look like one. */
export function buttonClass({ kind = "plain", small = false }: ButtonLook, square = false): string {
  return [css.button, kind !== "plain" && css[kind], small && css.small, square && css.square]
    .filter(Boolean)
    .join(" ");
}

export function Button({ kind, small, icon, children, ...rest }: ButtonLook & ComponentProps<"button">) {
  return (
    <button type="button" {...rest} className={buttonClass({ kind: kind ?? "plain", small: small ?? false })}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  icon: IconName;
  /** Read aloud and shown on hover: an icon alone says too little. */
  label: string;
  small?: boolean;
}

export function IconButton({ icon, label, small = false, ...rest }: IconButtonProps) {
  const pressed = rest["aria-pressed"] === true ? ` ${css.pressed}` : "";
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={buttonClass({ kind: "quiet", small }, true) + pressed}
    >
      <Icon name={icon} />
    </button>
  );
}
