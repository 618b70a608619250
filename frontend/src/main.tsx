import { askAhead } from "@/app/ahead";
import "@/shared/ui/tokens.css";
import "@/shared/ui/base.css";

// The page's data is on its way before the code that draws it, which the document names, is started.
try {
  askAhead(window.location);
} catch {
  // An address that cannot be read is the router's to refuse, in words; the page asks again what it misses.
}
void import("@/app/start");
