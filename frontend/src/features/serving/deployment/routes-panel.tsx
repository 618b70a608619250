import { Badge, StateBadge } from "@/shared/ui/badge";
import { Bar, Panel, Quiet } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import type { Deployment, RouteShown, TrafficShown } from "../api/serving";
import { ServedVersionLink } from "../links";
import { errorShare, milliseconds, percent, perSecond } from "../words";

/** Each route: its part, how it is on every node, and what it answered in the time on show. */
export function RoutesPanel({
  deployment,
  traffic,
}: {
  deployment: Deployment;
  traffic?: TrafficShown | undefined;
}) {
  const of = (route: RouteShown) => traffic?.routes.find((one) => one.route === route.id)?.total;
  const differing = {
    header: "Copies that differ",
    numeric: true,
    cell: (route: RouteShown) => {
      const total = of(route);
      return total && total.compared > 0 ? percent(total.differing / total.compared) : "–";
    },
  };
  const compares = deployment.routes.some((route) => route.mode === "shadow");
  return (
    <Panel title="Routes" flush>
      <SmallTable
        label="Routes"
        rows={deployment.routes}
        rowKey={(route) => route.id}
        columns={[
          { header: "Version", whole: true, cell: (route) => <ServedVersionLink version={route.version} /> },
          { header: "Part", whole: true, cell: (route) => <Part route={route} /> },
          { header: "State on nodes", cell: (route) => <OnNodes route={route} /> },
          { header: "Replicas", numeric: true, cell: (route) => route.settings.replicas },
          {
            header: "Requests",
            numeric: true,
            cell: (route) => {
              const total = of(route);
              return total ? perSecond(total.requests, total.seconds) : "–";
            },
          },
          {
            header: "Errors",
            numeric: true,
            cell: (route) => {
              const total = of(route);
              return total ? errorShare(total) : "–";
            },
          },
          { header: "p50", numeric: true, cell: (route) => milliseconds(of(route)?.p50_ms) },
          { header: "p99", numeric: true, cell: (route) => milliseconds(of(route)?.p99_ms) },
          ...(compares ? [differing] : []),
        ]}
      />
    </Panel>
  );
}

function Part({ route }: { route: RouteShown }) {
  if (route.mode === "shadow") return <Badge tone="accent">copies of {percent(route.share)}</Badge>;
  return route.share === 0 ? <Quiet>loaded, no traffic</Quiet> : percent(route.share);
}

function OnNodes({ route }: { route: RouteShown }) {
  if (route.reports.length === 0) return <StateBadge state="no node" />;
  return route.reports.map(({ node, fresh, report }) => (
    <Bar key={node}>
      <Quiet>{node}</Quiet>
      <StateBadge state={fresh ? report.status : "away"} />
      {report.engine && <Quiet>{report.engine}</Quiet>}
      {report.reason && <span>{report.reason}</span>}
    </Bar>
  ));
}
