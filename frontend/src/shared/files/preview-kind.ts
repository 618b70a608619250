export type PreviewKind = "image" | "table" | "json" | "text" | "none";

const IMAGES = new Set(["png", "jpg", "jpeg", "gif", "webp", "bmp", "avif"]);
const TABLES = new Set(["csv", "tsv"]);
const TEXTS = new Set(
  (
    "txt md markdown log yaml yml toml ini cfg conf py r sh sql js ts css html htm xml svg tex rst " +
    "gitignore dockerfile env lock requirements mlmodel"
  ).split(" "),
);

/** How a file may be shown, by its name alone. HTML and SVG are shown as their source: an artifact is somebody's
 *  upload, and nothing in it may run or load here. */
export function previewKind(path: string): PreviewKind {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const ending = name.slice(name.lastIndexOf(".") + 1);
  if (IMAGES.has(ending)) return "image";
  if (TABLES.has(ending)) return "table";
  if (ending === "json" || ending === "jsonl" || ending === "ipynb") return "json";
  return TEXTS.has(ending) ? "text" : "none";
}

/** Rows of a delimited text, quotes as in RFC 4180; at most `most` rows are read. */
export function parseTable(source: string, separator: "," | "\t", most: number): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < source.length && rows.length < most; at += 1) {
    const character = source[at] as string;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (source[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = "";
    } else if (character === "\n") {
      row.push(cell.replace(/\r$/, ""));
      rows.push(row);
      row = [];
      cell = "";
    } else cell += character;
  }
  if (rows.length < most && (cell !== "" || row.length > 0)) rows.push([...row, cell]);
  return rows;
}

/** Indented when it parses; as it stands otherwise (a cut file, JSON lines). */
export function prettyJson(source: string): string {
  try {
    return JSON.stringify(JSON.parse(source), null, 2);
  } catch {
    return source;
  }
}
