import { Link } from "@tanstack/react-router";
import { exactTime, utcTime } from "@/shared/lib/format";
import { CopyText } from "@/shared/ui/notice";
import { Facts, Panel, Quiet, Stack } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import type { Prediction } from "../api/serving";
import { DeploymentLink, RolloutLink, routeName, ServedVersionLink } from "../links";
import { milliseconds, percent } from "../words";

/** What answered, when and for whom, and how things stood at that moment. */
export function Circumstances({ prediction }: { prediction: Prediction }) {
  return (
    <>
      <Panel title="What answered">
        <Facts
          facts={[
            ["Version", <ServedVersionLink key="v" version={prediction.version} />],
            ["Digest", <CopyText key="d" text={prediction.manifest} short />],
            ["Deployment", <DeploymentLink key="e" name={prediction.deployment} />],
            ["Route", prediction.route],
            [
              "Node",
              <Link key="n" to="/nodes">
                {prediction.node}
              </Link>,
            ],
            ["Engine", prediction.engine],
          ]}
        />
      </Panel>
      <Panel title="When and for whom">
        <Facts
          facts={[
            ["Answered", exactTime(prediction.at_ms)],
            ["In UTC", utcTime(prediction.at_ms)],
            ["Took", milliseconds(prediction.latency_ms)],
            ["Caller", prediction.caller || "no key"],
            ["Row", `${prediction.position + 1} of its request`],
            ["Kept", `${percent(prediction.share)} of rows are`],
          ]}
        />
      </Panel>
      <Panel title="At that moment">
        <Then prediction={prediction} />
      </Panel>
    </>
  );
}

function Then({ prediction: { provenance, rollout } }: { prediction: Prediction }) {
  const shares = Object.entries(provenance?.shares ?? {}).map(
    ([route, share]) => `${routeName(route)} ${percent(share)}`,
  );
  const aliases = provenance?.aliases ?? [];
  return (
    <Stack>
      <Facts
        facts={[
          ["Routes", shares.length > 0 ? shares.join(", ") : "as they were first"],
          provenance?.shares_why ? ["Because", provenance.shares_why] : null,
          rollout !== null && [
            "Rollout",
            <RolloutLink key="r" id={rollout.id} text={`Rollout ${rollout.id}`} />,
          ],
          rollout !== null && ["Candidate", `${rollout.candidate}, ${percent(rollout.share)}`],
          rollout !== null &&
            !["", provenance?.shares_why].includes(rollout.reason) && ["Its reason", rollout.reason],
        ]}
      />
      {rollout === null && <Quiet>No rollout was under way.</Quiet>}
      {aliases.length === 0 ? (
        <Quiet>No alias pointed to the version.</Quiet>
      ) : (
        <Facts
          facts={aliases.map(({ alias, since_ms, by }) => [
            `@${alias}`,
            <span key={alias}>
              since <Time ms={since_ms} />, by {by}
            </span>,
          ])}
        />
      )}
    </Stack>
  );
}
