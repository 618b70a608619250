/** The pages of things, by the references that the server gives them. */
const PAGES = [
  /^(runs|experiments|deployments|rollouts|predictions|models)\/[^/]+$/,
  /^models\/[^/]+\/versions\/\d+$/,
];
const ID_SHOWN = 8;

function encoded(ref: string): string {
  return `/${ref.split("/").map(encodeURIComponent).join("/")}`;
}

/** The address of what a reference means: part by part its own, or where more is said about it; nothing where no page is. */
export function addressOf(ref: string): string | undefined {
  const [noun = "", id = ""] = ref.split("/");
  if (PAGES.some((page) => page.test(ref))) return encoded(ref);
  const dataset = /^datasets\/(.+)\/([^/]+)$/.exec(ref);
  // Its name may hold slashes of its own.
  if (dataset)
    return `/datasets/${encodeURIComponent(dataset[1] ?? "")}/${encodeURIComponent(dataset[2] ?? "")}`;
  if (noun === "people" && id !== "") return `/activity?mentions=${encodeURIComponent(ref.slice(7))}`;
  if (noun === "nodes") return "/nodes";
  // Something below a thing, such as the views of an experiment.
  return ref.split("/").length > 2 ? addressOf(ref.split("/").slice(0, 2).join("/")) : undefined;
}

/** What to call a thing in a sentence: "version 18 of fraud", "run 4a1f90c2". */
export function nameOf(ref: string): string {
  const [noun = "", id = "", below, number] = ref.split("/");
  if (noun === "people") return `@${ref.slice(7)}`;
  if (noun === "models") return below === "versions" ? `version ${number} of ${id}` : `model ${id}`;
  const one = noun.replace(/s$/, "").replaceAll("-", " ");
  return `${one} ${/^[0-9a-f]{32}$/.test(id) ? id.slice(0, ID_SHOWN) : id}`.trim();
}
