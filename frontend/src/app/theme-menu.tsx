import { setTheme, useTheme } from "@/shared/lib/theme";
import type { IconName } from "@/shared/ui/icon";
import { Menu } from "@/shared/ui/menu";

const ICON: Record<string, IconName> = { system: "screen", light: "sun", dark: "moon" };

export function ThemeMenu() {
  const theme = useTheme();
  return (
    <Menu
      label={`Theme: ${theme}`}
      icon={ICON[theme] ?? "screen"}
      items={[
        { label: "Like the system", icon: "screen", onPick: () => setTheme("system") },
        { label: "Light", icon: "sun", onPick: () => setTheme("light") },
        { label: "Dark", icon: "moon", onPick: () => setTheme("dark") },
      ]}
    />
  );
}
