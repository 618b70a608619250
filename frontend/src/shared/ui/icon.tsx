/** Line icons drawn on a 20 px grid for this page; each is one path in the current colour. */
const PATHS = {
  home: "M3 9l7-6 7 6v8h-5v-5H8v5H3z",
  experiments: "M8 3h4M9 3v5l-5 8a1 1 0 0 0 1 1.5h10a1 1 0 0 0 1-1.5l-5-8V3M6.5 13h7",
  models: "M10 2.5l6.5 3.7v7.6L10 17.5l-6.5-3.7V6.2zM10 10l6.5-3.8M10 10v7.5M10 10L3.5 6.2",
  deployments: "M10 2.5l5 5h-3.2v5H8.2v-5H5zM3.5 12v5h13v-5",
  nodes: "M4 4h4v4H4zM12 12h4v4h-4zM12 4h4v4h-4zM4 12h4v4H4zM8 6h4M6 8v4M14 8v4M8 14h4",
  prediction: "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14zM10 7.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 0 0 0-5z",
  jobs: "M4 5h12M4 10h12M4 15h7",
  server: "M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.01M6 13.5h.01",
  settings: "M4 6h7M15 6h1M4 14h1M9 14h7M13 4v4M7 12v4",
  activity: "M2.5 10h3.5l2.5-6 3.5 12 2.5-6h3",
  palette:
    "M10 3a7 7 0 1 0 0 14c1.5 0 1.5-1 1.2-1.8-.4-1 .2-2.2 1.5-2.2H15a2 2 0 0 0 2-2c0-4.5-3.1-8-7-8zM6.5 9h.01M9 6.5h.01M13 7.5h.01",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.7 12.7L16.5 16.5",
  close: "M5 5l10 10M15 5L5 15",
  check: "M4 10.5l4 4 8-9",
  copy: "M7 7h9v9H7zM4 13V4h9",
  down: "M5.5 8l4.5 4.5L14.5 8",
  right: "M8 5.5l4.5 4.5L8 14.5",
  up: "M5.5 12.5L10 8l4.5 4.5",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  plus: "M10 4v12M4 10h12",
  edit: "M4 16l.8-3.3L13 4.5l2.5 2.5-8.2 8.2zM11.5 6l2.5 2.5",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 11h6.6L14 6",
  columns: "M3 4h14v12H3zM8 4v12M12.5 4v12",
  chart: "M3 3v14h14M6 13l3.5-4 3 2.5L17 6",
  compare: "M6 3v14M14 3v14M3 7l3-4 3 4M11 13l3 4 3-4",
  pause: "M7 4v12M13 4v12",
  play: "M6 4l10 6-10 6z",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5z",
  screen: "M3 4h14v9H3zM7 16.5h6M10 13v3.5",
  warning: "M10 3l8 14H2zM10 8v4M10 14.5h.01",
  info: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15zM10 9v5M10 6.5h.01",
  download: "M10 3v10M6 9.5l4 4 4-4M3.5 17h13",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-3 3a3 3 0 0 0 4.2 4.2l1-1",
  folder: "M2.5 5h5l2 2h8v9h-15z",
  file: "M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  expand: "M11.5 3H17v5.5M17 3l-6 6M8.5 17H3v-5.5M3 17l6-6",
  filter: "M3 4.5h14l-5.5 6.5v5l-3 1.5v-6.5z",
  alias: "M3 10l7-7h7v7l-7 7zM13.5 6.5h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      focusable="false"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      style={{ flex: "none" }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
