import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Column } from "@/shared/grid/column";
import { NamedList } from "@/shared/grid/named-list";
import { count, firstLine, plural } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { CodeBlock, Empty } from "@/shared/ui/notice";
import { Time } from "@/shared/ui/time";
import { type Model, modelsQuery } from "./api/models";
import { AliasBadges, ModelLink } from "./links";

const COLUMNS: Column<Model>[] = [
  { id: "name", header: "Model", width: 300, render: (model) => <ModelLink name={model.name} /> },
  {
    id: "versions",
    header: "Versions",
    width: 90,
    numeric: true,
    render: (model) => count(model.version_count),
  },
  {
    id: "aliases",
    header: "Aliases",
    width: 240,
    render: (model) => (
      <AliasBadges
        aliases={Object.entries(model.aliases).map(([alias, version]) => `${alias} → ${version}`)}
      />
    ),
  },
  { id: "updated", header: "Changed", width: 120, render: (model) => <Time ms={model.updated_ms} /> },
  { id: "description", header: "Description", width: 300, render: (model) => firstLine(model.description) },
];

export function ModelsPage() {
  const { q = "" } = useSearch({ from: "/models" });
  const navigate = useNavigate({ from: "/models" });
  const answer = useInfiniteQuery(modelsQuery(q));
  return (
    <NamedList
      title="Models"
      noun="model"
      columns={COLUMNS}
      answer={answer}
      rowKey={(model) => model.name}
      onOpen={(model) => void navigate({ to: "/models/$name", params: { name: model.name } })}
      words={q}
      onFind={(words) => void navigate({ search: { q: words }, replace: true })}
      foot={(loaded) => `${plural(loaded, "model")}${answer.hasNextPage ? " so far; scroll for more" : ""}`}
      empty={<NoModels />}
    />
  );
}

function NoModels() {
  return (
    <Empty title="No models yet">
      <p>A model appears when a version of it is registered, from Python or from a run:</p>
      <CodeBlock
        label="Python"
        code={`import mlflow\n\nmlflow.set_tracking_uri("${serverAddress}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model", registered_model_name="churn")`}
      />
    </Empty>
  );
}
