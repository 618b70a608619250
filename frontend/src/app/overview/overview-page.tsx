import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { deploymentsQuery } from "@/features/serving/api/serving";
import { LOOKED_AT, latelyUsedQuery } from "@/features/tracking/api/experiments";
import { Loaded } from "@/shared/ui/notice";
import { Page, Quiet, Split } from "@/shared/ui/page";
import { Begin } from "./begin";
import { DeploymentsPanel } from "./deployments-panel";
import { ExperimentsPanel } from "./experiments-panel";
import { LatelyPanel } from "./lately-panel";
import { RunsPanels } from "./runs-panels";
import { TroublePanel } from "./trouble-panel";

/** What goes on, what came of it, what needs a look; and while there are no runs, how to begin. */
export function OverviewPage() {
  const answer = useQuery(latelyUsedQuery(LOOKED_AT));
  const deployments = useInfiniteQuery(deploymentsQuery(""));
  const total = answer.data?.total ?? 0;
  const experiments = (answer.data?.items ?? []).filter((item) => item.run_count > 0);
  const isDeployed = (deployments.data?.pages[0]?.items.length ?? 0) > 0;
  const isEmpty = experiments.length === 0;
  return (
    <Page title="Overview">
      <Loaded of={isEmpty && deployments.isPending ? deployments : answer}>
        {isEmpty && !isDeployed ? (
          <Begin />
        ) : (
          <Split
            label="State of the server"
            aside={
              <>
                <TroublePanel experiments={experiments} />
                <DeploymentsPanel />
                <LatelyPanel />
              </>
            }
          >
            {isEmpty ? (
              <Begin />
            ) : (
              <>
                <RunsPanels experiments={experiments} />
                {total > LOOKED_AT && (
                  <Quiet>
                    Runs are those of the {LOOKED_AT} experiments in which one began last, failed ones too.
                  </Quiet>
                )}
                <ExperimentsPanel experiments={experiments} total={total} />
              </>
            )}
          </Split>
        )}
      </Loaded>
    </Page>
  );
}
