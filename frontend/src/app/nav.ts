import type { IconName } from "@/shared/ui/icon";

export interface NavItem {
  to: string;
  label: string;
  icon: IconName;
  /** The second key after "g": "g e" goes to experiments. */
  key: string;
}

export interface NavGroup {
  name: string;
  items: readonly NavItem[];
}

/** The menu, the palette's pages and the "g" shortcuts, all from this one list. */
export const NAV: readonly NavGroup[] = [
  {
    name: "Track",
    items: [
      { to: "/", label: "Overview", icon: "home", key: "o" },
      { to: "/experiments", label: "Experiments", icon: "experiments", key: "e" },
    ],
  },
  { name: "Register", items: [{ to: "/models", label: "Models", icon: "models", key: "m" }] },
  {
    name: "Serve",
    items: [
      { to: "/deployments", label: "Deployments", icon: "deployments", key: "d" },
      { to: "/predictions", label: "Predictions", icon: "prediction", key: "p" },
      { to: "/nodes", label: "Nodes", icon: "nodes", key: "n" },
    ],
  },
  {
    name: "Operate",
    items: [
      { to: "/jobs", label: "Jobs", icon: "jobs", key: "j" },
      { to: "/server", label: "Server", icon: "server", key: "s" },
      { to: "/activity", label: "Activity", icon: "activity", key: "a" },
    ],
  },
];
