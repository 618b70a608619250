import { useInfiniteQuery } from "@tanstack/react-query";
import { experimentsQuery } from "@/features/tracking/api/experiments";
import { Loaded } from "@/shared/ui/notice";
import { Page, Split } from "@/shared/ui/page";
import { Begin } from "./begin";
import { DeploymentsPanel } from "./deployments-panel";
import { ExperimentsPanel } from "./experiments-panel";
import { LatelyPanel } from "./lately-panel";
import { RunsPanels } from "./runs-panels";
import { TroublePanel } from "./trouble-panel";

/** Runs of so many experiments, those with the latest, are looked at. */
const LOOKED_AT = 20;

/** What goes on, what came of it, what needs a look; and for a new server how to begin. */
export function OverviewPage() {
  const answer = useInfiniteQuery(experimentsQuery(""));
  const [first] = answer.data?.pages ?? [];
  const experiments = (first?.items ?? [])
    .filter((item) => item.run_count > 0)
    .sort((a, b) => (b.last_run_ms ?? 0) - (a.last_run_ms ?? 0));
  const lookedAt = experiments.slice(0, LOOKED_AT);
  return (
    <Page title="Overview">
      <Loaded of={answer}>
        {experiments.length === 0 ? (
          <Begin />
        ) : (
          <Split
            label="State of the server"
            aside={
              <>
                <TroublePanel experiments={lookedAt} />
                <DeploymentsPanel />
                <LatelyPanel />
              </>
            }
          >
            <RunsPanels experiments={lookedAt} />
            <ExperimentsPanel experiments={experiments} total={first?.total ?? experiments.length} />
          </Split>
        )}
      </Loaded>
    </Page>
  );
}
