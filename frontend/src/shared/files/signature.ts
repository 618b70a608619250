export interface Field {
  side: "input" | "output" | "parameter";
  name: string;
  type: string;
  shape: string;
  required: boolean;
}

const SIDES = { inputs: "input", outputs: "output", params: "parameter" } as const;

/** A YAML scalar after "key:" inside the signature block: quoted or plain, folded over indented lines. */
function scalar(block: string, key: string): string | undefined {
  const found = new RegExp(`^  ${key}:[ ]*([\\s\\S]*?)(?=^  \\w|$(?![\\s\\S]))`, "m").exec(block);
  const text = found?.[1]?.trim().replace(/\s*\n\s*/g, " ");
  if (!text || text === "null") return undefined;
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
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

/** The inputs, outputs and parameters that an MLmodel file declares. The file is YAML whose signature holds JSON
 *  texts; only that one block is read here, so that the page needs no YAML library. */
export function readSignature(mlmodel: string): Field[] {
  const block = /^signature:[ ]*\n((?:[ ]+.*\n?)+)/m.exec(mlmodel)?.[1];
  if (!block) return [];
  return (["inputs", "outputs", "params"] as const).flatMap((key) => {
    const text = scalar(block, key);
    return text === undefined ? [] : parsed(text).map((wire) => field(SIDES[key], wire));
  });
}
