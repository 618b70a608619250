import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef } from "react";
import { init } from "./echarts";

interface ManyChartProps {
  label: string;
  option: EChartsCoreOption;
  height: number;
  /** Called once with the chart, to listen for clicks and brushes. */
  onChart?: (chart: EChartsType) => void;
}

/** Charts of many things at once (parallel coordinates, scatter); fetched only when one is opened.
 *  Tooltips must use renderMode "richText": the HTML ones break the content policy. */
export function ManyChart({ label, option, height, onChart }: ManyChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const told = useRef(onChart);
  told.current = onChart;

  useEffect(() => {
    if (!holder.current) return;
    const element = holder.current;
    const made = init(element, null, { renderer: "canvas" });
    chart.current = made;
    told.current?.(made);
    const observer = new ResizeObserver(() => {
      // It also tells the size that it begins with; drawing thousands of lines a second time would take as long again.
      if (made.getWidth() !== element.clientWidth || made.getHeight() !== element.clientHeight) made.resize();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
    if (holder.current) holder.current.dataset.ready = "yes";
  }, [option]);

  return <div ref={holder} role="img" aria-label={label} style={{ width: "100%", height }} />;
}
