import { Panel, Quiet, Stack } from "@/shared/ui/page";
import type { Deployment } from "../api/serving";
import { ServedVersionLink, versionName } from "../links";
import css from "../serving.module.css";

/** Why versions of the deployment do not load, in the nodes' own words, and what to do; nothing when all do. */
export function LoadFailures({ deployment }: { deployment: Deployment }) {
  if (deployment.stopped) return null;
  const failures = deployment.routes.flatMap((route) =>
    route.reports
      .filter(({ fresh, report }) => fresh && report.status === "failed")
      .map(({ node, report }) => ({ route, node, reason: report.reason })),
  );
  if (failures.length === 0) return null;
  return (
    <Panel title="What does not load">
      <Stack>
        {failures.map(({ route, node, reason }) => (
          <div key={`${route.id} ${node}`} role="alert">
            <ServedVersionLink version={route.version} /> on {node}
            <p className={css.reason}>{reason || "It gave no reason."}</p>
            <Quiet>
              {route.mode === "live" && route.share > 0
                ? `Callers who get ${versionName(route.version)} get an error. `
                : "Callers notice nothing: it has no traffic. "}
              The load-proof on the version's page tries it in an environment of its own. Register one that
              loads, and start a rollout to it.
            </Quiet>
          </div>
        ))}
      </Stack>
    </Panel>
  );
}
