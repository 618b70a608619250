import { Button } from "@/shared/ui/button";
import { CheckBox } from "@/shared/ui/field";
import { Bar } from "@/shared/ui/page";
import type { ChartSettings } from "./chart-settings";
import css from "./charts.module.css";

interface ChartControlsProps {
  settings: ChartSettings;
  onSettings: (change: Partial<ChartSettings>) => void;
}

export function ChartControls({ settings, onSettings }: ChartControlsProps) {
  return (
    <Bar>
      <CheckBox
        label="Over time"
        checked={settings.axis === "time"}
        onChange={(event) => onSettings({ axis: event.target.checked ? "time" : "step", zoom: undefined })}
      />
      <CheckBox
        label="Log scale"
        checked={settings.log}
        onChange={(event) => onSettings({ log: event.target.checked })}
      />
      <label className={css.slider}>
        Smoothing
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={settings.smoothing}
          onChange={(event) => onSettings({ smoothing: Number(event.target.value) })}
        />
        <output className="number">{settings.smoothing.toFixed(2)}</output>
      </label>
      {settings.zoom && (
        <Button small onClick={() => onSettings({ zoom: undefined })}>
          Steps {Math.round(settings.zoom[0])} to {Math.round(settings.zoom[1])}: show all
        </Button>
      )}
    </Bar>
  );
}
