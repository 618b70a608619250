import { lazy } from "react";
import { buttonClass } from "./button";
import { Icon, type IconName } from "./icon";
import { OnFirstUse } from "./on-first-use";

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

const load = () => import("./open-menu");
const OpenMenu = lazy(load);

export function Menu({ label, icon = "more", labelled = false, items }: MenuProps) {
  const button = (
    <button
      type="button"
      className={buttonClass({ kind: labelled ? "plain" : "quiet" }, !labelled)}
      aria-label={labelled ? undefined : label}
      aria-haspopup="menu"
      title={labelled ? undefined : label}
    >
      <Icon name={icon} />
      {labelled && label}
      {labelled && <Icon name="down" size={12} />}
    </button>
  );
  return (
    <OnFirstUse button={button} load={load}>
      <OpenMenu button={button} items={items} />
    </OnFirstUse>
  );
}
