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
  const alias = aliasOf(ref);
  if (alias) return `/models/${encodeURIComponent(alias[0])}`;
  return ref.startsWith("runs/") ? `/runs/${encodeURIComponent(ref.slice("runs/".length))}` : undefined;
}

function aliasOf(ref: string): [string, string] | undefined {
  const found = /^models\/(.+)\/aliases\/([^/]+)$/.exec(ref);
  return found ? [found[1] as string, found[2] as string] : undefined;
}

/** What holds a version, in words: "alias @champion", "copy fraud 3", "deployment scoring". */
export function heldAs(ref: string): string {
  const alias = aliasOf(ref);
  if (alias) return `alias @${alias[1]}`;
  if (versionOf(ref)) return `copy ${labelOf(ref)}`;
  const slash = ref.indexOf("/");
  return slash < 0 ? ref : `${ref.slice(0, slash).replace(/s$/, "")} ${ref.slice(slash + 1)}`;
}

const ID_SHOWN = 12;

/** The run that a reference names. */
export function runOf(ref: string): string | undefined {
  return ref.startsWith("runs/") ? ref.slice("runs/".length) : undefined;
}

/** What a reference is called in a narrow place. `names` are those of runs, by id, as far as they are known. */
export function labelOf(ref: string, names: ReadonlyMap<string, string> = new Map()): string {
  const name = names.get(runOf(ref) ?? "");
  if (name) return name;
  const version = versionOf(ref);
  if (version) return `${version[0]} ${version[1]}`;
  const id = ref.slice(ref.indexOf("/") + 1);
  return id.length > ID_SHOWN + 8 ? `${id.slice(0, ID_SHOWN)}…` : id;
}
