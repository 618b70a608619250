import { useEffect, useMemo, useRef, useState } from "react";
import { HUES } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { type Axis, scaleOf } from "./axis";
import { cleared, inks } from "./canvas";
import over from "./canvas.module.css";
import { type Dot, nearest, paintScatter } from "./paint-scatter";
import css from "./scatter-chart.module.css";
import { useWidth } from "./use-width";

interface ScatterChartProps {
  label: string;
  x: Axis;
  y: Axis;
  /** What each thing is called, in the order of the axes' values. */
  names: readonly string[];
}

const HEIGHT = 440;
const REACH = 14;

/** Many things as dots over two axes; the one under the pointer says what it is. */
export function ScatterChart({ label, x, y, names }: ScatterChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const shade = useShade();
  const [near, setNear] = useState<Dot>();
  const scales = useMemo(() => ({ x: scaleOf(x, true), y: scaleOf(y, true) }), [x, y]);
  const frame = useMemo(() => ({ left: 64, right: width - 20, top: 14, bottom: HEIGHT - 50 }), [width]);
  const dots = useMemo<Dot[]>(() => {
    return names.flatMap((_, thing) => {
      const [across, up] = [scales.x.at(x.values[thing]), scales.y.at(y.values[thing])];
      if (Number.isNaN(across) || Number.isNaN(up)) return [];
      return {
        thing,
        x: frame.left + across * (frame.right - frame.left),
        y: frame.bottom - up * (frame.bottom - frame.top),
      };
    });
  }, [names, scales, frame, x, y]);

  useEffect(() => {
    const context = canvas.current && width > 0 && cleared(canvas.current, width, HEIGHT);
    if (!context) return;
    const titles = { x: x.label, y: y.label };
    paintScatter(context, { frame, scales, titles, dots, colour: HUES[shade][0], inks: inks() });
    if (holder.current) holder.current.dataset.ready = "yes";
  }, [width, shade, frame, scales, dots, x, y]);

  return (
    <div
      ref={holder}
      className={over.holder}
      style={{ height: HEIGHT }}
      onPointerMove={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        setNear(nearest(dots, event.clientX - box.left, event.clientY - box.top, REACH));
      }}
      onPointerLeave={() => setNear(undefined)}
    >
      <canvas ref={canvas} className={over.canvas} role="img" aria-label={label} />
      {near && (
        <>
          <span className={css.ring} style={{ left: near.x, top: near.y }} />
          <div
            className={css.tip}
            style={
              near.x > width / 2
                ? { right: width - near.x + 12, top: near.y }
                : { left: near.x + 12, top: near.y }
            }
          >
            <strong>{names[near.thing]}</strong>
            <span>
              {x.label}: {x.values[near.thing]}
            </span>
            <span>
              {y.label}: {y.values[near.thing]}
            </span>
          </div>
        </>
      )}
    </div>
  );
}
