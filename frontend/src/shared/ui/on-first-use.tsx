import { cloneElement, type ReactElement, type ReactNode, Suspense, useState } from "react";

interface ButtonProps {
  onClick?: () => void;
  onPointerEnter?: () => void;
  onFocus?: () => void;
}

interface OnFirstUseProps {
  /** What stands there until the popup's code has come. */
  button: ReactElement<ButtonProps>;
  /** Fetches that code; it begins when somebody reaches for the button. */
  load: () => Promise<unknown>;
  children: ReactNode;
}

/** A popup whose library comes with the first use, not with the first visit. */
export function OnFirstUse({ button, load, children }: OnFirstUseProps) {
  const [used, setUsed] = useState(false);
  const reach = () => void load();
  const waiting = cloneElement(button, {
    onClick: () => setUsed(true),
    onPointerEnter: reach,
    onFocus: reach,
  });
  return used ? <Suspense fallback={waiting}>{children}</Suspense> : waiting;
}
