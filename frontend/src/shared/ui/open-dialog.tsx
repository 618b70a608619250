import { Dialog as Base } from "@base-ui/react/dialog";
import type { DialogProps } from "./dialog";
import css from "./popup.module.css";

/** The popup library's half of a dialog that is open. */
export default function OpenDialog({ onClose, title, wide = false, children }: DialogProps) {
  return (
    <Base.Root open onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup className={`${css.dialog} ${wide ? css.wide : ""}`}>
          <Base.Title className={css.title}>{title}</Base.Title>
          <div className={css.body}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
