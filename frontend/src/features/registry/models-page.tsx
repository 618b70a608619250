import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import type { Column } from "@/shared/grid/column";
import { DataGrid } from "@/shared/grid/data-grid";
import { count, firstLine, plural } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { BareInput } from "@/shared/ui/field";
import { CodeBlock, Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Page } from "@/shared/ui/page";
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
  const items = useMemo(() => answer.data?.pages.flatMap((page) => page.items) ?? [], [answer.data]);
  const more = answer.hasNextPage ? " so far; scroll for more" : "";
  return (
    <Page title="Models" room="fill">
      <Bar>
        <Grow>
          <BareInput
            label="Find a model"
            placeholder="Name contains…"
            data-query-box=""
            defaultValue={q}
            onChange={(event) =>
              void navigate({ search: { q: event.target.value || undefined }, replace: true })
            }
          />
        </Grow>
      </Bar>
      <Loaded of={answer}>
        <DataGrid
          label="Models"
          columns={COLUMNS}
          count={items.length}
          row={(index) => items[index]}
          rowKey={(model) => model.name}
          onOpen={(model) => void navigate({ to: "/models/$name", params: { name: model.name } })}
          onVisible={(_, last) => {
            if (last >= items.length - 20 && answer.hasNextPage && !answer.isFetchingNextPage)
              void answer.fetchNextPage();
          }}
          foot={
            <span>
              {plural(items.length, "model")}
              {more}
            </span>
          }
          empty={<NoModels filtered={q !== ""} />}
        />
      </Loaded>
    </Page>
  );
}

function NoModels({ filtered }: { filtered: boolean }) {
  if (filtered)
    return (
      <Empty title="No model is called that">Names are searched for the typed words anywhere in them.</Empty>
    );
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
