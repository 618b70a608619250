import { useQuery } from "@tanstack/react-query";
import { useLive } from "@/shared/lib/live";
import { useNow } from "@/shared/lib/use-now";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { type Rollout, type Traffic, trafficQuery } from "../api/serving";
import { TrafficCharts } from "../deployment/traffic-charts";
import { errorShare, milliseconds, percent, perSecond } from "../words";
import { FINISHED } from "./phases";
import { spanOf } from "./span";

const ROWS: [string, (traffic: Traffic) => string][] = [
  ["Requests", ({ requests }) => requests.toLocaleString("en-GB")],
  ["Rate", ({ requests, seconds }) => perSecond(requests, seconds)],
  ["Errors", errorShare],
  ["p50", ({ p50_ms }) => milliseconds(p50_ms)],
  ["p99", ({ p99_ms }) => milliseconds(p99_ms)],
];
/** Copies are counted as requests of the candidate, too: nobody shall take them for callers. */
const NAMES_WITH_COPIES = new Map([
  ["Requests", "Requests, with copies"],
  ["Rate", "Rate, with copies"],
]);
const COPIES: (typeof ROWS)[number] = [
  "Copies that differ",
  ({ compared, differing }) => (compared > 0 ? percent(differing / compared) : "–"),
];

/** So long after its end the last counts of a rollout may still arrive. */
const LAST_COUNTS_MS = 60_000;

/** Stable and candidate beside each other, over the rollout's own time. */
export function SideBySide({ rollout }: { rollout: Rollout }) {
  const { plan } = rollout.state;
  const finished = FINISHED.has(rollout.phase);
  const live = useLive(true);
  const now = useNow();
  const span = spanOf(rollout.created_ms, finished ? rollout.updated_ms : null, now);
  const answer = useQuery({
    ...trafficQuery(rollout.deployment, span),
    refetchInterval: finished && now - rollout.updated_ms > LAST_COUNTS_MS ? false : live,
  });
  const routes = [
    { id: plan.control, name: `${plan.control_label} (stable)` },
    { id: plan.candidate, name: `${plan.candidate_label} (candidate)` },
  ];
  const traffic = answer.data && {
    ...answer.data,
    routes: answer.data.routes.filter((one) => routes.some((route) => route.id === one.route)),
  };
  const of = (id: string) => traffic?.routes.find((one) => one.route === id)?.total;
  const cell = (id: string, read: (total: Traffic) => string) => {
    const total = of(id);
    return total ? read(total) : "–";
  };
  if (traffic && traffic.routes.length === 0)
    return (
      <Panel title="Side by side">
        <Quiet>
          {finished
            ? "Nothing was counted: nobody asked while it lasted."
            : "Nothing was counted yet. Counts arrive some ten seconds after the requests."}
        </Quiet>
      </Panel>
    );
  const copies = traffic?.routes.some(({ total }) => total.compared > 0);
  return (
    <Loaded of={answer}>
      <Panel title="Side by side" flush>
        <SmallTable
          label="Stable and candidate"
          rows={copies ? [...ROWS, COPIES] : ROWS}
          rowKey={([name]) => name}
          columns={[
            { header: "Figure", cell: ([name]) => (copies && NAMES_WITH_COPIES.get(name)) || name },
            {
              header: `Stable ${plan.control_label}`,
              numeric: true,
              cell: ([, read]) => cell(plan.control, read),
            },
            {
              header: `Candidate ${plan.candidate_label}`,
              numeric: true,
              cell: ([, read]) => cell(plan.candidate, read),
            },
          ]}
        />
      </Panel>
      {traffic && <TrafficCharts traffic={traffic} routes={routes} />}
    </Loaded>
  );
}
