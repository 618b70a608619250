import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, lazyRouteComponent, useParams } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { rowsOf } from "@/shared/api/pages";
import { Comments } from "@/shared/comments/comments";
import { ServedBy } from "@/shared/deploy/served-by";
import { bytes } from "@/shared/lib/format";
import { StateBadge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { EditableMarkdown } from "@/shared/ui/markdown";
import { More } from "@/shared/ui/more";
import { Loaded } from "@/shared/ui/notice";
import { Bar, Facts, Page, Panel, Quiet, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Tags } from "@/shared/ui/tags";
import { Time } from "@/shared/ui/time";
import { type Change, useChange } from "@/shared/ui/use-change";
import { AliasHistory } from "./alias-history";
import {
  deleteModelTag,
  describeModel,
  type Model,
  modelQuery,
  setModelTag,
  type Version,
  versionsQuery,
} from "./api/models";
import { proofsQuery } from "./api/proofs";
import { AliasBadges, VersionLink } from "./links";
import { PROOF_STATES } from "./version/proof-facts";

const MoveAlias = lazyRouteComponent(() => import("./move-alias"), "MoveAlias");

export function ModelPage() {
  const { name } = useParams({ from: "/models/$name" });
  const answer = useQuery(modelQuery(name));
  const model = answer.data;
  return (
    <Page
      title={name}
      crumbs={[
        <Link key="all" to="/models">
          Models
        </Link>,
      ]}
    >
      <Loaded of={answer} lines={12}>
        {model && <ModelBody model={model} />}
      </Loaded>
    </Page>
  );
}

function ModelBody({ model }: { model: Model }) {
  const change = useChange(["model", model.name]);
  const versions = useInfiniteQuery(versionsQuery(model.name));
  const rows = rowsOf(versions.data);
  const proofs = useQuery(proofsQuery(model.name));
  const [moving, setMoving] = useState<Version | null>(null);
  return (
    <Split aside={<ModelAside model={model} change={change} />}>
      <Panel title="Description">
        <EditableMarkdown
          what="description"
          source={model.description}
          placeholder="What is it for, who uses it, what must it not be used for? Markdown."
          onSave={(text) => change(describeModel(model.name, text))}
        />
      </Panel>
      <Panel title="Versions" flush>
        <Loaded of={versions}>
          <SmallTable
            label="Versions"
            rows={rows}
            rowKey={(version) => String(version.number)}
            columns={[
              {
                header: "Version",
                cell: (version) => (
                  <Bar>
                    <VersionLink name={model.name} number={version.number} />
                    <AliasBadges aliases={version.aliases} />
                  </Bar>
                ),
              },
              {
                header: "Load-proof",
                whole: true,
                cell: (version) => (
                  <StateBadge state={PROOF_STATES[proofs.data?.get(version.number) ?? "none"]} />
                ),
              },
              { header: "Registered", cell: (version) => <Time ms={version.created_ms} /> },
              { header: "By", cell: (version) => version.created_by || "–" },
              {
                header: "Size",
                numeric: true,
                cell: (version) => (version.size === null ? "–" : bytes(version.size)),
              },
              {
                header: "Change",
                numeric: true,
                cell: (version) => (
                  <Button small icon="alias" onClick={() => setMoving(version)}>
                    Set alias
                  </Button>
                ),
              },
            ]}
          />
          <More what="versions" answer={versions} />
        </Loaded>
      </Panel>
      <Comments about={`models/${model.name}`} />
      <Suspense fallback={null}>
        {moving && <MoveAlias model={model} version={moving.number} onClose={() => setMoving(null)} />}
      </Suspense>
    </Split>
  );
}

interface ModelAsideProps {
  model: Model;
  change: Change;
}

function ModelAside({ model, change }: ModelAsideProps) {
  const aliases = Object.entries(model.aliases);
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Versions", model.version_count],
            ["Created", <Time key="c" ms={model.created_ms} />],
            ["Changed", <Time key="u" ms={model.updated_ms} />],
          ]}
        />
      </Panel>
      <Panel title="Aliases">
        {aliases.length === 0 && (
          <Quiet>None yet. Programs that load models:/{model.name}@champion need one.</Quiet>
        )}
        {aliases.map(([alias, version]) => (
          <AliasHistory key={alias} model={model.name} alias={alias} version={version} />
        ))}
      </Panel>
      <ServedBy model={model.name} />
      <Panel title="Tags">
        <Tags
          tags={model.tags}
          onSet={(key, value) => change(setModelTag(model.name, key, value))}
          onDelete={(key) => change(deleteModelTag(model.name, key))}
        />
      </Panel>
    </>
  );
}
