import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement } from "react";
import { Icon } from "./icon";
import type { MenuItem } from "./menu";
import css from "./popup.module.css";

/** The popup library's half of a menu; open from the start, since only a click brings it here. */
export default function OpenMenu({ button, items }: { button: ReactElement; items: readonly MenuItem[] }) {
  return (
    <Base.Root modal={false} defaultOpen>
      <Base.Trigger render={button} />
      <Base.Portal>
        <Base.Positioner className={css.positioner} sideOffset={4} align="end">
          <Base.Popup className={css.popup}>
            {items.map((item) => (
              <Base.Item
                key={item.label}
                className={css.item}
                disabled={item.disabled ?? false}
                onClick={item.onPick}
              >
                {item.icon && <Icon name={item.icon} />}
                {item.label}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
