import { setTheme, type Theme, useTheme } from "@/shared/lib/theme";
import { IconButton } from "@/shared/ui/button";
import type { IconName } from "@/shared/ui/icon";

const ICON: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

/** One button that goes round; a menu here would put the whole popup library into the first visit. */
export function ThemeButton() {
  const theme = useTheme();
  return (
    <IconButton
      icon={ICON[theme]}
      label={`Theme: ${theme}. Switch to ${NEXT[theme]}`}
      onClick={() => setTheme(NEXT[theme])}
    />
  );
}
