import { useMemo, useState } from "react";
import { LineChart } from "@/shared/chart/line-chart";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { CheckBox } from "@/shared/ui/field";
import { Panel } from "@/shared/ui/page";

const POINTS = 400;
const NAMES = ["forest", "boosting", "linear", "baseline"];

export function ChartSample() {
  const shade = useShade();
  const [smooth, setSmooth] = useState(false);
  const [range, setRange] = useState<readonly [number, number]>();
  const lines = useMemo(
    () =>
      NAMES.map((label, at) => ({
        key: label,
        label,
        ...mark(at, shade),
        x: Array.from({ length: POINTS }, (_, step) => step),
        y: Array.from(
          { length: POINTS },
          (_, step) => Math.exp(-step / (60 + at * 40)) + Math.sin(step * (at + 2)) * 0.04 + at * 0.08,
        ),
      })),
    [shade],
  );
  return (
    <Panel
      title="Chart"
      actions={
        <CheckBox label="Smooth" checked={smooth} onChange={(event) => setSmooth(event.target.checked)} />
      }
    >
      <LineChart
        title="loss"
        lines={lines}
        xLabel="step"
        smoothing={smooth ? 0.8 : 0}
        range={range}
        onRange={setRange}
      />
    </Panel>
  );
}
