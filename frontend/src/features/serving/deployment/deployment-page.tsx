import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useLive } from "@/shared/lib/live";
import { Badge, StateBadge } from "@/shared/ui/badge";
import { Loaded } from "@/shared/ui/notice";
import { Page, Tabs } from "@/shared/ui/page";
import { type Deployment, deploymentQuery } from "../api/serving";
import { DeploymentActions } from "./deployment-actions";
import { stateOf } from "./deployment-state";
import { DEPLOYMENT_TABS, Overview, PredictionsTab, RolloutsTab, TryForm } from "./tabs";

const FROM = "/deployments/$name";
const TAB_NAMES = { overview: "Overview", rollouts: "Rollouts", predictions: "Predictions", try: "Try it" };

export function DeploymentPage() {
  const { name } = useParams({ from: FROM });
  const refetchInterval = useLive(true);
  const answer = useQuery({ ...deploymentQuery(name), refetchInterval });
  const deployment = answer.data;
  return (
    <Page
      title={name}
      crumbs={[
        <Link key="all" to="/deployments">
          Deployments
        </Link>,
      ]}
      badges={
        deployment && (
          <>
            <StateBadge state={stateOf(deployment)} />
            {deployment.rollout !== null && <Badge tone="accent">in a rollout</Badge>}
          </>
        )
      }
      actions={deployment && <DeploymentActions deployment={deployment} />}
    >
      <Tabs label="Parts of the deployment">
        {DEPLOYMENT_TABS.map((item) => (
          <Link
            key={item}
            to={FROM}
            params={{ name }}
            search={(old) => ({ ...old, tab: item === "overview" ? undefined : item })}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {TAB_NAMES[item]}
          </Link>
        ))}
      </Tabs>
      <Loaded of={answer} lines={12}>
        {deployment && <Tab deployment={deployment} />}
      </Loaded>
    </Page>
  );
}

function Tab({ deployment }: { deployment: Deployment }) {
  const { tab } = useSearch({ from: FROM });
  if (tab === "rollouts") return <RolloutsTab deployment={deployment} />;
  if (tab === "predictions") return <PredictionsTab deployment={deployment} />;
  if (tab === "try") return <TryForm deployment={deployment} />;
  return <Overview deployment={deployment} />;
}
