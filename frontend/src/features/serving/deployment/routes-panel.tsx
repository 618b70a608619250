import { Badge, StateBadge } from "@/shared/ui/badge";
import { Panel, Quiet } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import type { Deployment, RouteShown, Traffic, TrafficShown } from "../api/serving";
import { ServedVersionLink } from "../links";
import css from "../serving.module.css";
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
  return (
    <Panel title="Routes" flush>
      <SmallTable
        label="Routes"
        rows={deployment.routes}
        rowKey={(route) => route.id}
        columns={[
          { header: "Version", whole: true, cell: (route) => <ServedVersionLink version={route.version} /> },
          { header: "Part", whole: true, cell: (route) => <Part route={route} traffic={of(route)} /> },
          {
            header: "State on nodes",
            whole: true,
            cell: (route) => (deployment.stopped ? <Quiet>not loaded</Quiet> : <OnNodes route={route} />),
          },
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
        ]}
      />
    </Panel>
  );
}

function Part({ route, traffic }: { route: RouteShown; traffic: Traffic | undefined }) {
  if (route.mode !== "shadow")
    return route.share === 0 ? <Quiet>loaded, no traffic</Quiet> : percent(route.share);
  return (
    <>
      <Badge tone="accent">copies of {percent(route.share)}</Badge>
      {traffic !== undefined && traffic.compared > 0 && (
        <>
          <br />
          <Quiet>{percent(traffic.differing / traffic.compared)} differ</Quiet>
        </>
      )}
    </>
  );
}

/** Why a version failed to load stands above the table, where there is room for it. */
function OnNodes({ route }: { route: RouteShown }) {
  if (route.reports.length === 0) return <StateBadge state="no node" />;
  return route.reports.map(({ node, fresh, report }) => (
    <div key={node} className={css.onNode}>
      <Quiet>{node}</Quiet>
      <StateBadge state={fresh ? report.status : "away"} />
      {report.engine && <Quiet>{report.engine}</Quiet>}
    </div>
  ));
}
