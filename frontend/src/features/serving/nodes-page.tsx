import { useQuery } from "@tanstack/react-query";
import { bytes, figure } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { serverAddress } from "@/shared/lib/place";
import { Badge, StateBadge } from "@/shared/ui/badge";
import { FoundTable } from "@/shared/ui/found-table";
import { CodeBlock, Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Page, Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import { nodesQuery, type ServingNode } from "./api/serving";
import { DeploymentLink, ServedVersionLink, versionName } from "./links";
import css from "./serving.module.css";

const MOST_LOADED = 50;

type Loading = ServingNode["routes"][number] & { node: string };

/** Where predictions are answered: how each node is, and what it has loaded. */
export function NodesPage() {
  const refetchInterval = useLive(true);
  const answer = useQuery({ ...nodesQuery(), refetchInterval });
  const nodes = answer.data?.nodes ?? [];
  const loaded = nodes.flatMap((node) => node.routes.map((route) => ({ node: node.name, ...route })));
  return (
    <Page
      title="Nodes"
      lead="A node loads versions and answers predictions. It reports every few seconds, and goes on serving when the server is away."
    >
      <Loaded of={answer}>
        {nodes.length === 0 ? (
          <NoNodes />
        ) : (
          <Stack>
            <Panel title="All nodes" flush>
              <NodesTable nodes={nodes} />
            </Panel>
            {nodes.some((node) => !node.fresh) && (
              <Quiet>
                A node is away when it has not reported for 15 seconds. It may still answer with what it has
                loaded; what it counted meanwhile arrives when it is back.
              </Quiet>
            )}
            <Panel title="Loaded" flush={loaded.length > 0}>
              <Loadings loaded={loaded} />
            </Panel>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

/** Nodes that share a port have one of their own beside it, as for metrics. */
function Addresses({ node: { address, own_address: own } }: { node: ServingNode }) {
  if (address === "") return "–";
  return (
    <>
      <code>{address}</code>
      {own !== "" && (
        <>
          <br />
          <Quiet>
            alone: <code>{own}</code>
          </Quiet>
        </>
      )}
    </>
  );
}

function NodesTable({ nodes }: { nodes: readonly ServingNode[] }) {
  return (
    <SmallTable
      label="Nodes"
      rows={nodes}
      rowKey={(node) => node.name}
      columns={[
        { header: "Node", cell: (node) => node.name },
        { header: "State", cell: (node) => <NodeState node={node} /> },
        { header: "Last heard of", whole: true, cell: (node) => <Time ms={node.seen_ms} /> },
        { header: "Machine's load per core", numeric: true, cell: (node) => figure(node.cpu_share, 2) },
        { header: "Memory", numeric: true, cell: (node) => bytes(node.memory_bytes) },
        { header: "Routes", numeric: true, cell: (node) => node.routes.length },
        { header: "Up since", whole: true, cell: (node) => <Time ms={node.started_ms} /> },
        { header: "Version", cell: (node) => node.software },
        {
          header: "Address",
          whole: true,
          cell: (node) => <Addresses node={node} />,
        },
      ]}
    />
  );
}

function NodeState({ node }: { node: ServingNode }) {
  return (
    <Bar>
      <StateBadge state={node.fresh ? "up" : "away"} />
      {node.fresh && node.behind > 0 && <Badge tone="warn">catching up</Badge>}
    </Bar>
  );
}

function Loadings({ loaded }: { loaded: readonly Loading[] }) {
  if (loaded.length === 0) return <Quiet>No node has loaded anything.</Quiet>;
  // What fails comes first: nobody finds it among a hundred that are well.
  const sorted = loaded.toSorted((a, b) => Number(b.status === "failed") - Number(a.status === "failed"));
  return (
    <FoundTable
      label="Loaded versions"
      rows={sorted}
      rowKey={(route) => `${route.node} ${route.deployment} ${route.route}`}
      name={(route) => `${route.node} ${route.deployment} ${versionName(route.version)} ${route.status}`}
      most={MOST_LOADED}
      columns={[
        { header: "Node", whole: true, cell: (route) => route.node },
        {
          header: "Deployment and version",
          whole: true,
          cell: (route) => (
            <div className={css.pair}>
              <DeploymentLink name={route.deployment} />
              <ServedVersionLink version={route.version} />
            </div>
          ),
        },
        {
          header: "State",
          cell: (route) => (
            <>
              <StateBadge state={route.status} />
              {route.reason && (
                <p className={css.reason} title={route.reason}>
                  {route.reason}
                </p>
              )}
            </>
          ),
        },
        {
          header: "Runs",
          whole: true,
          cell: (route) => (
            <>
              {route.engine || "–"}
              <br />
              <Quiet>{route.isolated ? "in its own process" : "inside the node"}</Quiet>
            </>
          ),
        },
        {
          header: "Memory",
          numeric: true,
          cell: (route) => (route.memory_bytes ? bytes(route.memory_bytes) : "–"),
        },
        {
          header: "Loaded in",
          numeric: true,
          cell: (route) => (route.load_ms ? `${Math.round(route.load_ms)} ms` : "–"),
        },
        { header: "Restarts", numeric: true, cell: (route) => route.restarts },
      ]}
    />
  );
}

function NoNodes() {
  return (
    <Empty title="No node has reported yet">
      <p>The server starts one by itself with the first deployment. On another machine:</p>
      <CodeBlock
        label="Terminal"
        code={`pip install modelwright\nmodelwright node --server ${serverAddress} --name edge-1`}
      />
    </Empty>
  );
}
