interface Node {
  ref: string;
  kind: string;
  label: string;
}

const ORDER = ["dataset", "run", "logged_model", "version", "alias", "deployment"];

export const KIND_NAMES: Record<string, string> = {
  dataset: "Data",
  run: "Runs",
  logged_model: "Logged models",
  version: "Versions",
  alias: "Aliases",
  deployment: "Deployments",
};

/** Nodes by kind, in the order in which things come about; kinds that are not there have no lane. */
export function lanes<Item extends Node>(nodes: readonly Item[]): [string, Item[]][] {
  const kinds = [...new Set(nodes.map((node) => node.kind))];
  const place = (kind: string) => (ORDER.includes(kind) ? ORDER.indexOf(kind) : ORDER.length);
  return kinds
    .sort((a, b) => place(a) - place(b))
    .map((kind) => [kind, nodes.filter((node) => node.kind === kind)] as [string, Item[]]);
}

/** The page of a referred thing, when it has one: "run:4a1f" -> "/runs/4a1f". */
export function addressOf(ref: string): string | undefined {
  const colon = ref.indexOf(":");
  const rest = ref.slice(colon + 1);
  if (ref.startsWith("run:")) return `/runs/${encodeURIComponent(rest)}`;
  if (ref.startsWith("version:")) {
    const slash = rest.lastIndexOf("/");
    return `/models/${encodeURIComponent(rest.slice(0, slash))}/versions/${rest.slice(slash + 1)}`;
  }
  return undefined;
}
