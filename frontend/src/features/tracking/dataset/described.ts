export interface DatasetColumn {
  name: string;
  type: string;
  shape: string;
}

type Wire = Record<string, unknown>;

/** The columns of a schema as MLflow's client logs it; null where it is something else, which is shown as it is. */
export function columnsOf(schema: string): DatasetColumn[] | null {
  const said = objectOf(schema);
  if (said === null) return null;
  const { mlflow_colspec: columns, mlflow_tensorspec: tensors } = said;
  if (Array.isArray(columns)) return columns.map((one) => column(one, ""));
  if (typeof tensors !== "object" || tensors === null) return null;
  return Object.entries(tensors).flatMap(([side, text]) => {
    const fields: unknown = typeof text === "string" ? parsed(text) : text;
    return Array.isArray(fields) ? fields.map((one) => column(one, side)) : [];
  });
}

function column(value: unknown, side: string): DatasetColumn {
  const wire: Wire = isObject(value) ? value : {};
  const tensor = isObject(wire["tensor-spec"]) ? wire["tensor-spec"] : {};
  const { shape } = tensor;
  return {
    name: typeof wire.name === "string" ? wire.name : side || "–",
    type: String(tensor.dtype ?? wire.type ?? "unknown"),
    shape: Array.isArray(shape) ? shape.map((size) => (size === -1 ? "any" : String(size))).join(" × ") : "",
  };
}

/** What a profile counts, by name: rows, elements. Null where it is no JSON object. */
export function countsOf(profile: string): [string, string][] | null {
  const said = objectOf(profile);
  if (said === null) return null;
  return Object.entries(said).map(([name, value]) => [
    name.replaceAll("_", " ").replace(/^num /, ""),
    typeof value === "number" ? value.toLocaleString("en-GB") : JSON.stringify(value),
  ]);
}

function objectOf(text: string): Wire | null {
  const value = parsed(text);
  return isObject(value) ? value : null;
}

function isObject(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
