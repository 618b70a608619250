import { Popover as Base } from "@base-ui/react/popover";
import type { ReactNode } from "react";
import { buttonClass } from "./button";
import { Icon, type IconName } from "./icon";
import css from "./popup.module.css";

interface PopoverProps {
  label: string;
  icon: IconName;
  children: ReactNode;
}

/** A labelled button that opens a small panel of controls. */
export function Popover({ label, icon, children }: PopoverProps) {
  return (
    <Base.Root>
      <Base.Trigger className={buttonClass({})}>
        <Icon name={icon} />
        {label}
        <Icon name="down" size={12} />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={css.positioner} sideOffset={4} align="end">
          <Base.Popup className={`${css.popup} ${css.padded}`} aria-label={label}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
