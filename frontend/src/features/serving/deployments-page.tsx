import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Column } from "@/shared/grid/column";
import { NamedList } from "@/shared/grid/named-list";
import { plural } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { serverAddress } from "@/shared/lib/place";
import { StateBadge } from "@/shared/ui/badge";
import { CodeBlock, Empty } from "@/shared/ui/notice";
import { Time } from "@/shared/ui/time";
import { type DeploymentRow, deploymentsQuery } from "./api/serving";
import { DeploymentLink } from "./links";
import { errorShare, milliseconds, perSecond, trafficWords } from "./words";

const COLUMNS: Column<DeploymentRow>[] = [
  {
    id: "name",
    header: "Deployment",
    width: 190,
    render: (row) => <DeploymentLink name={row.name} inGrid />,
  },
  { id: "state", header: "State", width: 100, render: (row) => <StateBadge state={row.state} /> },
  { id: "traffic", header: "Who answers", width: 270, render: (row) => trafficWords(row.routes) },
  {
    id: "rate",
    header: "Requests",
    hint: "Over the last five minutes",
    width: 90,
    numeric: true,
    render: ({ traffic }) => perSecond(traffic.requests, traffic.seconds),
  },
  {
    id: "errors",
    header: "Errors",
    hint: "The model's and the node's own failures, over the last five minutes",
    width: 80,
    numeric: true,
    render: ({ traffic }) => errorShare(traffic),
  },
  {
    id: "p50",
    header: "p50",
    hint: "Half of the answers took at most so long",
    width: 80,
    numeric: true,
    render: ({ traffic }) => milliseconds(traffic.p50_ms),
  },
  {
    id: "p99",
    header: "p99",
    hint: "99 of 100 answers took at most so long",
    width: 80,
    numeric: true,
    render: ({ traffic }) => milliseconds(traffic.p99_ms),
  },
  {
    id: "rollout",
    header: "Rollout",
    hint: "A held one waits for you",
    width: 120,
    render: ({ rollout_phase: phase }) =>
      phase === null ? "" : <StateBadge state={phase === "held" ? "held" : "under way"} />,
  },
  { id: "changed", header: "Changed", width: 100, render: (row) => <Time ms={row.updated_ms} /> },
];

export function DeploymentsPage() {
  const { q = "" } = useSearch({ from: "/deployments" });
  const navigate = useNavigate({ from: "/deployments" });
  const refetchInterval = useLive(true);
  const answer = useInfiniteQuery({ ...deploymentsQuery(q), refetchInterval });
  return (
    <NamedList
      title="Deployments"
      noun="deployment"
      columns={COLUMNS}
      answer={answer}
      rowKey={(row) => row.name}
      onOpen={(row) => void navigate({ to: "/deployments/$name", params: { name: row.name } })}
      words={q}
      onFind={(words) => void navigate({ search: { q: words }, replace: true })}
      foot={(loaded) => {
        const total = answer.data?.pages[0]?.total ?? loaded;
        return `${plural(total, "deployment")}. Rates are of the last five minutes.`;
      }}
      empty={<NoDeployments />}
    />
  );
}

function NoDeployments() {
  return (
    <Empty title="Nothing is deployed yet">
      <p>
        A deployment answers predictions under a name of its own. From the terminal, or with the button Deploy
        on the page of a version:
      </p>
      <CodeBlock
        label="Terminal"
        code={`export MODELWRIGHT_URL=${serverAddress}\nmodelwright deploy fraud@champion --name fraud-api`}
      />
    </Empty>
  );
}
