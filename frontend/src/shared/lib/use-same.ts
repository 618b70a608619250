import { useRef } from "react";

/** The value of an earlier render for as long as it says the same, so that what is drawn from it is not drawn again. */
export function useSame<Value>(value: Value): Value {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}
