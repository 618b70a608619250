import { bytes, duration, figure, utcTime } from "@/shared/lib/format";
import { nameOf } from "@/shared/routing/reference";

/** What happened, by the name that the log has for it. What is not here is said with its own words. */
const SAID: Record<string, string> = {
  "registry.alias.moved": "Alias moved",
  "registry.version.created": "Version registered",
  "registry.version.staged": "Stage changed",
  "collaboration.comment.written": "Comment written",
  "collaboration.default_view.chosen": "Default view chosen",
  "tracking.run.params_logged": "Parameters logged",
  "tracking.run.inputs_logged": "Inputs logged",
  "tracking.run.outputs_logged": "Outputs logged",
  "tracking.logged_model.params_logged": "Parameters of a logged model logged",
  "serving.deployment.created": "Deployed",
  "serving.deployment.scaled": "Replicas changed",
  "serving.routes.changed": "Traffic divided anew",
  "serving.ledger.set": "What the ledger keeps changed",
  "serving.ledger.expired": "Old predictions let go",
  "serving.rollout.moved": "Rollout went on",
};

/** "Run created", "Alias moved": the name of an event as a person would say it. */
export function saidOf(name: string): string {
  const [, noun = "", verb = ""] = name.split(".");
  const words = `${noun} ${verb}`.replaceAll("_", " ").trim() || name;
  return SAID[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

export interface Field {
  name: string;
  /** What it was, for what changed; null where it was not there. */
  before?: string | null;
  value: string | null;
}

type Facts = Record<string, unknown>;

/** What the event says already in its subject and its name. */
const KNOWN = new Set([
  "event",
  "model",
  "number",
  "run_id",
  "experiment_id",
  "model_id",
  "deployment",
  "node",
]);
const ABOUT = new Set(["about", "scope", "owner"]);
const LONGEST = 300;
/** Less than this is how long something takes, not when it is. */
const FIRST_MOMENT_MS = 100_000_000_000;

function isRecord(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The facts of an event, field by field; what changed has its value before. */
export function fieldsOf(facts: unknown): Field[] {
  if (!isRecord(facts)) return [];
  const rest = Object.entries(facts).filter(
    ([key, value]) =>
      !KNOWN.has(key) &&
      !ABOUT.has(key) &&
      !(key === "comment" && typeof value === "number") &&
      key !== "before" &&
      key !== "after" &&
      !isNothing(value),
  );
  const isChange = "before" in facts && "after" in facts;
  // A tag or an alias that moved is called by its key: "champion: 3 → 4".
  const named = isChange && !isRecord(facts.before) && !isRecord(facts.after);
  const name = named ? (facts.key ?? facts.alias ?? "changed") : "";
  return [
    ...(isChange ? changes(String(name), facts) : lone(facts)),
    ...rest
      .filter(([key]) => !(named && (key === "key" || key === "alias")))
      .flatMap(([key, value]) => fields(key, value)),
  ];
}

/** `before` without `after`: what was there when it was taken away. */
function lone({ before, after }: Facts): Field[] {
  if (!isNothing(before)) return fields("was", before);
  return isNothing(after) ? [] : fields("is", after);
}

function changes(name: string, { event, before, after }: Facts): Field[] {
  const unit = event === "serving.routes.changed" ? "share" : undefined;
  if (!isRecord(before) && !isRecord(after)) return [{ name, before: words(before), value: words(after) }];
  const [old, now] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]))
    .map((key) => ({
      name: spoken(key),
      before: words(old[key], unit ?? key),
      value: words(now[key], unit ?? key),
    }));
}

function fields(key: string, value: unknown): Field[] {
  if (!isRecord(value)) return [{ name: spoken(key), value: words(value, key) }];
  return Object.entries(value)
    .filter(([, one]) => !isNothing(one))
    .map(([inner, one]) => ({ name: spoken(inner), value: words(one, inner) }));
}

function isNothing(value: unknown): boolean {
  if (isRecord(value)) return Object.keys(value).length === 0;
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}

function spoken(key: string): string {
  return key.replace(/_ms$/, "").replaceAll("_", " ");
}

/** A value on one line; null for nothing. All of it stands in the event as it was recorded. */
function words(value: unknown, key = ""): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (key.endsWith("_ms") && typeof value === "number")
    return value < FIRST_MOMENT_MS ? duration(value) : utcTime(value);
  if (key === "size" && typeof value === "number") return bytes(value);
  if (key === "share" && typeof value === "number") return `${figure(value * 100)} %`;
  const text = plain(
    key === "mentions" && Array.isArray(value) ? value.map((ref) => nameOf(String(ref))) : value,
  );
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function plain(value: unknown): string {
  if (Array.isArray(value))
    return value.map((one) => (Array.isArray(one) ? one.map(plain).join(" ") : plain(one))).join(", ");
  // A guard has its own words.
  if (isRecord(value) && typeof value.text === "string") return value.text;
  if (isRecord(value))
    return Object.entries(value)
      .filter(([, one]) => !isNothing(one))
      .map(([key, one]) => `${spoken(key)} ${plain(one)}`)
      .join(" ");
  return value === true ? "yes" : String(value);
}
