import { BareChoice } from "@/shared/ui/field";
import type { RunColumns } from "../api/runs";
import { reference } from "./runs-search";

const SHOWN = 100;
const ALWAYS = [
  { by: "attributes.status", name: "State" },
  { by: "tags.`mlflow.user`", name: "User" },
];

interface GroupChoiceProps {
  known: RunColumns;
  value: string | undefined;
  onChange: (by: string | undefined) => void;
}

/** By what the runs are grouped: a state, a user, or a parameter or tag with more than one value. */
export function GroupChoice({ known, value, onChange }: GroupChoiceProps) {
  const keys = [
    ...known.params.map((item) => ({ ...item, by: reference("params", item.key) })),
    ...known.tags
      .filter((item) => !item.key.startsWith("mlflow."))
      .map((item) => ({ ...item, by: reference("tags", item.key) })),
  ].filter((item) => item.distinct > 1);
  const offered = [...ALWAYS, ...keys.slice(0, SHOWN).map((item) => ({ by: item.by, name: item.key }))];
  return (
    <BareChoice
      label="Group by"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      <option value="">No groups</option>
      {offered.map(({ by, name }) => (
        <option key={by} value={by}>
          By {name}
        </option>
      ))}
      {value && !offered.some(({ by }) => by === value) && <option value={value}>By {value}</option>}
    </BareChoice>
  );
}
