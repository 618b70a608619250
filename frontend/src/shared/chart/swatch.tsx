import type { Mark } from "@/shared/lib/palette";

/** The line's own look in small: colour and dash. */
export function Swatch({ colour, dash }: Mark) {
  return (
    <svg aria-hidden="true" width="22" height="8" style={{ flex: "none" }}>
      <line x1="1" y1="4" x2="21" y2="4" stroke={colour} strokeWidth="2.5" strokeDasharray={dash.join(" ")} />
    </svg>
  );
}
