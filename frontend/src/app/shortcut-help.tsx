import { Dialog } from "@/shared/ui/dialog";
import { Facts } from "@/shared/ui/page";
import { NAV } from "./nav";

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const pages = NAV.flatMap((group) => group.items);
  return (
    <Dialog open onClose={onClose} title="Keyboard">
      <h3>Everywhere</h3>
      <Facts
        facts={[
          ["Find anything", keys("Ctrl", "K")],
          ["Query or find", keys("/")],
          ["This list", keys("?")],
          ["Close, go back", keys("Esc")],
          ...pages.map((page) => [page.label, keys("g", page.key)] as const),
        ]}
      />
      <h3>In a table</h3>
      <Facts
        facts={[
          ["Next, previous row", keys("j", "k")],
          ["Mark a row", keys("x")],
          ["Open a row", keys("Enter")],
          ["First, last row", keys("Home", "End")],
          ["Clear all marks", keys("Esc")],
          ["Choose a column", keys("←", "→")],
          ["Sort by it, pin it", keys("s", "p")],
          ["Narrower, wider", keys("-", "+")],
        ]}
      />
    </Dialog>
  );
}

function keys(...names: string[]) {
  return (
    <span style={{ display: "inline-flex", gap: 4 }}>
      {names.map((name) => (
        <kbd key={name}>{name}</kbd>
      ))}
    </span>
  );
}
