export interface Field {
  side: "input" | "output" | "parameter";
  name: string;
  type: string;
  shape: string;
  required: boolean;
}

const SIDES = { inputs: "input", outputs: "output", params: "parameter" } as const;

/** The text of a scalar behind a key: in single or double quotes, or plain up to the next key. */
const QUOTED = /["']?\b(inputs|outputs|params)["']?\s*:\s*(?:'((?:[^']|'')*)'|("(?:[^"\\]|\\[\s\S])*"))/g;
const PLAIN = /^\s+(inputs|outputs|params):[ ]+(?=[[{])([\s\S]*?)(?=^\s+\w+:|$(?![\s\S]))/gm;

/** The JSON texts of a signature by their keys, whether it stands in block or flow style, or the file is JSON. */
function scalars(block: string): Map<string, string> {
  const folded = (text: string) => text.trim().replace(/\s*\n\s*/g, " ");
  const found = new Map<string, string>();
  for (const [, key = "", single, double] of block.matchAll(QUOTED)) {
    found.set(key, single === undefined ? unquoted(double ?? "") : folded(single).replaceAll("''", "'"));
  }
  for (const [, key = "", plain = ""] of block.matchAll(PLAIN)) {
    if (!found.has(key)) found.set(key, folded(plain));
  }
  return found;
}

/** What stands in double quotes; YAML may fold it over lines, with or without a backslash at their ends. */
function unquoted(text: string): string {
  try {
    return JSON.parse(text.replace(/\\\n\s*(\\(?= ))?/g, "").replace(/\s*\n\s*/g, " "));
  } catch {
    return "";
  }
}

interface WireField {
  name?: unknown;
  type?: unknown;
  required?: unknown;
  optional?: unknown;
  "tensor-spec"?: { dtype?: unknown; shape?: unknown };
  shape?: unknown;
  properties?: unknown;
  items?: unknown;
}

function shapeWords(shape: unknown): string {
  return Array.isArray(shape) ? shape.map((size) => (size === -1 ? "any" : String(size))).join(" × ") : "";
}

function field(side: Field["side"], wire: WireField): Field {
  const tensor = wire["tensor-spec"];
  return {
    side,
    name: typeof wire.name === "string" ? wire.name : "",
    type: String(tensor?.dtype ?? wire.type ?? "unknown"),
    shape: shapeWords(tensor?.shape ?? wire.shape),
    required: wire.required !== false && wire.optional !== true,
  };
}

function parsed(text: string): WireField[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item !== null) : [];
  } catch {
    return [];
  }
}

/** From the key to the next one at the beginning of a line, or to the end of the file. */
const BLOCK = /^[ ]*[{]?\s*["']?signature["']?\s*:((?:.*\n?)(?:[ \t}].*\n?|\n)*)/m;
/** The same in a file that is one line of JSON. */
const INLINE = /["']signature["']\s*:\s*([\s\S]*)/;

/** The inputs, outputs and parameters that an MLmodel file declares. The file is YAML or JSON whose signature holds
 *  JSON texts; only that one part is read here, so that the page needs no YAML library. */
export function readSignature(mlmodel: string): Field[] {
  const block = BLOCK.exec(mlmodel)?.[1] ?? INLINE.exec(mlmodel)?.[1];
  if (!block) return [];
  const found = scalars(block);
  return (["inputs", "outputs", "params"] as const).flatMap((key) => {
    const text = found.get(key);
    return text === undefined ? [] : parsed(text).map((wire) => field(SIDES[key], wire));
  });
}
