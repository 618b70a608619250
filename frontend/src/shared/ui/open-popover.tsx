import { Popover as Base } from "@base-ui/react/popover";
import type { ReactElement, ReactNode } from "react";
import css from "./popup.module.css";

interface OpenPopoverProps {
  label: string;
  button: ReactElement;
  children: ReactNode;
}

/** The popup library's half of a popover; open from the start, since only a click brings it here. */
export default function OpenPopover({ label, button, children }: OpenPopoverProps) {
  return (
    <Base.Root defaultOpen>
      <Base.Trigger render={button} />
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
