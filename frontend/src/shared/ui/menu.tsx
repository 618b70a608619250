import { Menu as Base } from "@base-ui/react/menu";
import { buttonClass } from "./button";
import { Icon, type IconName } from "./icon";
import css from "./popup.module.css";

export interface MenuItem {
  label: string;
  icon?: IconName;
  disabled?: boolean;
  onPick: () => void;
}

interface MenuProps {
  label: string;
  icon?: IconName;
  /** Shows the label as text beside the icon instead of only reading it aloud. */
  labelled?: boolean;
  items: readonly MenuItem[];
}

export function Menu({ label, icon = "more", labelled = false, items }: MenuProps) {
  return (
    <Base.Root modal={false}>
      <Base.Trigger
        className={buttonClass({ kind: labelled ? "plain" : "quiet" }, !labelled)}
        aria-label={labelled ? undefined : label}
        title={labelled ? undefined : label}
      >
        <Icon name={icon} />
        {labelled && label}
        {labelled && <Icon name="down" size={12} />}
      </Base.Trigger>
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
