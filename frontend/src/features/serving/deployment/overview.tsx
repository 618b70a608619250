import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { LateComments } from "@/shared/comments/late-comments";
import { useLive } from "@/shared/lib/live";
import { Choice } from "@/shared/ui/field";
import { CodeBlock, CopyText, Empty, Loaded } from "@/shared/ui/notice";
import { Facts, Panel, Quiet, Split, Stack } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import { type Deployment, happenedQuery, trafficQuery } from "../api/serving";
import { RolloutLink, versionName } from "../links";
import { SPANS } from "../routes";
import css from "../serving.module.css";
import { happenedTitle, happenedWords, isNews } from "./happened";
import { LedgerPanel } from "./ledger-panel";
import { LoadFailures } from "./load-failures";
import { RoutesPanel } from "./routes-panel";
import { TrafficCharts } from "./traffic-charts";
import { TrafficSliders } from "./traffic-sliders";

const FROM = "/deployments/$name";
const CALM_MS = 15_000;
const SPAN_NAMES = { 15: "15 minutes", 60: "hour", 360: "6 hours", 1440: "24 hours" };

export function Overview({ deployment }: { deployment: Deployment }) {
  const { minutes = 60 } = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const pace = useLive(true);
  // Counts are no events, so charts are asked for; those of many hours less often.
  const refetchInterval = pace !== false && minutes > 60 ? CALM_MS : pace;
  const answer = useQuery({ ...trafficQuery(deployment.name, { minutes }), refetchInterval });
  const traffic = answer.data;
  const names = deployment.routes.map((route) => ({ id: route.id, name: versionName(route.version) }));
  const live = new Set(deployment.routes.filter((route) => route.mode === "live").map((route) => route.id));
  const asked = (traffic?.routes ?? []).filter((one) => live.has(one.route));
  const perSecond = asked.reduce((sum, { total }) => sum + total.requests / Math.max(total.seconds, 1), 0);
  return (
    <Split aside={<Aside deployment={deployment} />}>
      <LoadFailures deployment={deployment} />
      <RoutesPanel deployment={deployment} traffic={traffic} />
      <TrafficSliders deployment={deployment} perSecond={perSecond} />
      <Stack>
        <div className={css.span}>
          <Choice
            label="Charts and figures of the last"
            value={String(minutes)}
            onChange={(event) => {
              const span = SPANS.find((one) => String(one) === event.target.value);
              void navigate({ search: (old) => ({ ...old, minutes: span === 60 ? undefined : span }) });
            }}
          >
            {SPANS.map((span) => (
              <option key={span} value={span}>
                {SPAN_NAMES[span]}
              </option>
            ))}
          </Choice>
        </div>
        <Loaded of={answer}>
          {traffic && traffic.routes.length > 0 ? (
            <TrafficCharts traffic={traffic} routes={names} />
          ) : (
            <NoTraffic deployment={deployment} />
          )}
        </Loaded>
      </Stack>
      {/* Before the charts have their place, comments would stand on the screen, and come at once. */}
      {!answer.isPending && <LateComments about={`deployments/${deployment.name}`} />}
    </Split>
  );
}

function NoTraffic({ deployment }: { deployment: Deployment }) {
  const address = deployment.endpoints[0];
  if (deployment.stopped)
    return (
      <Empty title="Nobody was answered in this time">
        <p>The deployment is stopped: callers get an error. Resume serves it again.</p>
      </Empty>
    );
  return (
    <Empty title="Nobody has asked in this time">
      <p>
        Counts arrive some ten seconds after the requests.{" "}
        <Link to={FROM} params={{ name: deployment.name }} search={(old) => ({ ...old, tab: "try" })}>
          Try it here
        </Link>
        {address ? ", or send one:" : "."}
      </p>
      {address && (
        <CodeBlock
          label="Terminal"
          code={`curl ${address}/deployments/${deployment.name}/invocations \\\n  -H 'content-type: application/json' \\\n  -d '{"dataframe_records": [{...}]}'`}
        />
      )}
    </Empty>
  );
}

function Aside({ deployment }: { deployment: Deployment }) {
  const { sticky } = deployment;
  const key = sticky.header ? `header ${sticky.header}` : sticky.column ? `column ${sticky.column}` : "none";
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Changed", <Time key="u" ms={deployment.updated_ms} />],
            ["Created", <Time key="c" ms={deployment.created_ms} />],
            deployment.rollout !== null && [
              "Rollout",
              <RolloutLink key="r" id={deployment.rollout} text={`Rollout ${deployment.rollout}`} />,
            ],
            ["Sticky key", key],
          ]}
        />
      </Panel>
      <Panel title="Where it answers">
        {deployment.stopped ? (
          <Quiet>Nowhere: it is stopped.</Quiet>
        ) : deployment.endpoints.length === 0 ? (
          <Quiet>No node is heard of. The server starts its own within seconds.</Quiet>
        ) : (
          <Stack>
            {deployment.endpoints.map((address) => (
              <CopyText key={address} text={`${address}/v2/models/${deployment.name}/infer`} />
            ))}
          </Stack>
        )}
      </Panel>
      <LedgerPanel deployment={deployment.name} />
      <Happened name={deployment.name} />
    </>
  );
}

function Happened({ name }: { name: string }) {
  const refetchInterval = useLive(true);
  const answer = useQuery({ ...happenedQuery(name), refetchInterval });
  return (
    <Panel
      title="What happened"
      actions={
        <Link to="/activity" search={{ subject: `deployments/${name}` }}>
          Whole log
        </Link>
      }
    >
      <Loaded of={answer} lines={3}>
        <ol className={css.moves}>
          {(answer.data?.items ?? []).filter(isNews).map((event) => (
            <li key={event.id}>
              <b>{happenedTitle(event)}</b>
              {happenedWords(event) && <span>{happenedWords(event)}</span>}
              <Quiet>
                {event.actor}, <Time ms={event.at_ms} />
              </Quiet>
            </li>
          ))}
        </ol>
      </Loaded>
    </Panel>
  );
}
