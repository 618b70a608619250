import { askAhead } from "@/app/ahead";
import "@/shared/ui/tokens.css";
import "@/shared/ui/base.css";

// The page's data is on its way before the code that draws it, which the document names, is started. Whatever becomes
// of the questions, the page asks again what it misses.
void askAhead(window.location)
  .catch(() => undefined)
  .then(() => import("@/app/start"));
