interface Node {
  ref: string;
  kind: string;
}

/** The order in which things come about. */
const ORDER = ["datasets", "runs", "logged-models", "logged_models", "versions", "deployments"];

export const KIND_NAMES: Record<string, string> = {
  datasets: "Data",
  runs: "Runs",
  "logged-models": "Logged models",
  logged_models: "Logged models",
  versions: "Versions",
  deployments: "Deployments",
};

/** Nodes by kind; kinds that are not there have no lane. */
export function lanes<Item extends Node>(nodes: readonly Item[]): [string, Item[]][] {
  const kinds = [...new Set(nodes.map((node) => node.kind))];
  const place = (kind: string) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
  return kinds
    .sort((a, b) => place(a) - place(b))
    .map((kind) => [kind, nodes.filter((node) => node.kind === kind)] as [string, Item[]]);
}

/** A version's model and number out of its reference, models/<name>/versions/<number>; names may hold slashes. */
function versionOf(ref: string): [string, string] | undefined {
  const found = /^models\/(.+)\/versions\/(\d+)$/.exec(ref);
  return found ? [found[1] as string, found[2] as string] : undefined;
}

/** The page of a referred thing, when it has one: "runs/4a1f" -> "/runs/4a1f". */
export function addressOf(ref: string): string | undefined {
  const version = versionOf(ref);
  if (version) return `/models/${encodeURIComponent(version[0])}/versions/${version[1]}`;
  if (ref.startsWith("deployments/"))
    return `/deployments/${encodeURIComponent(ref.slice("deployments/".length))}`;
  return ref.startsWith("runs/") ? `/runs/${encodeURIComponent(ref.slice("runs/".length))}` : undefined;
}

const ID_SHOWN = 12;

/** What a reference is called in a narrow place. */
export function labelOf(ref: string): string {
  const version = versionOf(ref);
  if (version) return `${version[0]} ${version[1]}`;
  const id = ref.slice(ref.indexOf("/") + 1);
  return id.length > ID_SHOWN + 8 ? `${id.slice(0, ID_SHOWN)}…` : id;
}
