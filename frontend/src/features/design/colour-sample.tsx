import { Swatch } from "@/shared/chart/swatch";
import { mark } from "@/shared/lib/palette";
import { useShade } from "@/shared/lib/theme";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import css from "./design.module.css";

const TOKENS = [
  "ground",
  "surface",
  "sunken",
  "hover",
  "line",
  "ink",
  "ink-2",
  "ink-3",
  "accent",
  "good",
  "warn",
  "bad",
];
const MARKS = 24;

export function ColourSample() {
  const shade = useShade();
  return (
    <>
      <Panel title="Colour">
        <div className={css.colours}>
          {TOKENS.map((token) => (
            <div key={token}>
              <span className={css.chip} style={{ background: `var(--${token})` }} />
              <Quiet>{token}</Quiet>
            </div>
          ))}
        </div>
      </Panel>
      <Panel title="Data">
        <Stack>
          <Quiet>Eight hues, then dashes: 32 lines differ for every eye.</Quiet>
          <div className={css.marks}>
            {Array.from({ length: MARKS }, (_, at) => at).map((at) => (
              <Swatch key={at} {...mark(at, shade)} />
            ))}
          </div>
        </Stack>
      </Panel>
    </>
  );
}
