import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Line } from "@/shared/chart/align";
import { LineChart } from "@/shared/chart/line-chart";
import { useLive } from "@/shared/lib/live";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet } from "@/shared/ui/page";
import { evidenceQuery, type Rollout, type RolloutEvidence } from "../api/serving";
import { FINISHED } from "./phases";

const DASHED = [4, 4];
const CALM_MS = 15_000;

/** How the evidence grew: a proof is there where a line reaches 100 %. */
export function Evidence({ rollout }: { rollout: Rollout }) {
  // Folding the measurements costs the server something, and they come every ten seconds: asked calmly.
  const live = useLive(true);
  const refetchInterval = FINISHED.has(rollout.phase) || live === false ? false : CALM_MS;
  const answer = useQuery({ ...evidenceQuery(rollout.id), refetchInterval });
  const shade = useShade();
  const { proofs, share } = useMemo(
    () => linesOf(answer.data, rollout, shade),
    [answer.data, rollout, shade],
  );
  return (
    <Loaded of={answer}>
      <Panel title="Evidence, in percent of a proof">
        <LineChart
          title="Evidence, in percent of a proof"
          lines={proofs}
          xLabel="time"
          height={200}
          sync="rollout"
        />
        {proofs.length === 0 && <Quiet>There are no guards to prove.</Quiet>}
      </Panel>
      <Panel title="Share of the candidate, in percent">
        <LineChart
          title="Share of the candidate, in percent"
          lines={share}
          xLabel="time"
          height={200}
          sync="rollout"
        />
      </Panel>
    </Loaded>
  );
}

/** Beyond these nobody reads more out of the picture, and the threshold would vanish in it. */
const DEEPEST = -100;
const HIGHEST = 150;
const THRESHOLD_PLACE = 7;
const DOTTED = [2, 3];

function linesOf(evidence: RolloutEvidence | undefined, rollout: Rollout, shade: "light" | "dark") {
  if (!evidence) return { proofs: [], share: [] };
  const x = evidence.at_ms.map((ms) => ms / 1000);
  const inPercent = (wealth: readonly number[], needed: number) =>
    wealth.map((log) => Math.min(HIGHEST, Math.max(DEEPEST, (100 * log) / needed)));
  const proofs: Line[] = evidence.guards.flatMap((guard, at) => {
    const { colour } = mark(at, shade);
    const known = rollout.guards[at];
    if (!known) return [];
    return [
      {
        key: `safe ${at}`,
        label: `${guard.text}: safety`,
        colour,
        dash: [],
        x,
        y: inPercent(guard.safe, known.safe_needed),
      },
      {
        key: `harm ${at}`,
        label: `${guard.text}: harm`,
        colour,
        dash: DASHED,
        x,
        y: inPercent(guard.harm, known.harm_needed),
      },
    ];
  });
  if (proofs.length > 0) {
    const { colour } = mark(THRESHOLD_PLACE, shade);
    proofs.push({ key: "proof", label: "a proof", colour, dash: DOTTED, x, y: x.map(() => 100) });
  }
  const { candidate_label } = rollout.state.plan;
  const share = [
    { key: "share", label: candidate_label, ...mark(1, shade), x, y: evidence.share.map((one) => one * 100) },
  ];
  return { proofs, share };
}
