import { useState } from "react";
import type { Axis } from "@/shared/chart/axis";
import { ParallelChart } from "@/shared/chart/parallel-chart";
import { ScatterChart } from "@/shared/chart/scatter-chart";
import { plural } from "@/shared/lib/format";
import { Panel, Quiet, Stack } from "@/shared/ui/page";

const MODELS = ["forest", "boosting", "linear"];
const RATES = Array.from({ length: 200 }, (_, at) => 10 ** (-4 + ((at * 7) % 30) / 10));
const SCORES = RATES.map((rate, at) => 0.9 - 0.05 * (Math.log10(rate) + 2.5) ** 2 + 0.02 * Math.sin(at * 5));
const RATE: Axis = { id: "params.rate", label: "rate", numeric: true, wide: true, values: RATES };
const MODEL: Axis = {
  id: "params.model",
  label: "model",
  numeric: false,
  wide: false,
  values: RATES.map((_, at) => MODELS[at % 3] ?? null),
};
const SCORE: Axis = { id: "metrics.auc", label: "auc", numeric: true, wide: false, values: SCORES };
const AXES = [MODEL, RATE, SCORE];
const NAMES = RATES.map((_, at) => `run ${at}`);

export function ManySample() {
  const [picked, setPicked] = useState<readonly number[]>([]);
  return (
    <>
      <Panel title="Parallel coordinates">
        <Stack>
          <ParallelChart
            label="200 runs over model, rate, auc"
            axes={AXES}
            by={SCORE}
            log
            onPicked={setPicked}
          />
          <Quiet>{plural(picked.length, "run")} inside the brushes</Quiet>
        </Stack>
      </Panel>
      <Panel title="Scatter">
        <ScatterChart label="auc against rate for 200 runs" x={RATE} y={SCORE} names={NAMES} />
      </Panel>
    </>
  );
}
