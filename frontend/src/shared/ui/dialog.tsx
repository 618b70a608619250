import { lazy, type ReactNode, Suspense } from "react";
import { Button } from "./button";
import css from "./popup.module.css";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  wide?: boolean;
  children: ReactNode;
}

const OpenDialog = lazy(() => import("./open-dialog"));

export function Dialog(props: DialogProps) {
  return <Suspense fallback={null}>{props.open && <OpenDialog {...props} />}</Suspense>;
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  /** The verb on the button: "Delete run", never "OK". */
  verb: string;
  /** What will be so afterwards, one sentence each. */
  consequences: readonly string[];
  danger?: boolean;
  busy?: boolean;
  children?: ReactNode;
}

/** Says what will happen before it happens. */
export function Confirm(props: ConfirmProps) {
  const {
    open,
    onClose,
    onConfirm,
    title,
    verb,
    consequences,
    danger = false,
    busy = false,
    children,
  } = props;
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <ul className={css.consequences}>
        {consequences.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {children}
      <div style={{ display: "flex", justifyContent: "flex-end", gap: 8 }}>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind={danger ? "danger" : "primary"} onClick={onConfirm} disabled={busy}>
          {busy ? "Working…" : verb}
        </Button>
      </div>
    </Dialog>
  );
}
