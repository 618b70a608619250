import { lazy, type ReactNode } from "react";
import { buttonClass } from "./button";
import { Icon, type IconName } from "./icon";
import { OnFirstUse } from "./on-first-use";

interface PopoverProps {
  label: string;
  icon: IconName;
  children: ReactNode;
}

const load = () => import("./open-popover");
const OpenPopover = lazy(load);

/** A labelled button that opens a small panel of controls. */
export function Popover({ label, icon, children }: PopoverProps) {
  const button = (
    <button type="button" className={buttonClass({})} aria-haspopup="dialog">
      <Icon name={icon} />
      {label}
      <Icon name="down" size={12} />
    </button>
  );
  return (
    <OnFirstUse button={button} load={load}>
      <OpenPopover label={label} button={button}>
        {children}
      </OpenPopover>
    </OnFirstUse>
  );
}
