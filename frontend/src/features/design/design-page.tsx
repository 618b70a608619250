import { Page, Split, Stack } from "@/shared/ui/page";
import { ChartSample } from "./chart-sample";
import { ColourSample } from "./colour-sample";
import { ControlSample } from "./control-sample";
import { GridSample } from "./grid-sample";
import { ManySample } from "./many-sample";
import { NoticeSample } from "./notice-sample";
import { TypeSample } from "./type-sample";

/** Every part the other pages are made of, in use. */
export function DesignPage() {
  return (
    <Page
      title="Design system"
      room="full"
      lead="Every page is made of these parts and no others. A change here is a change everywhere."
    >
      <Split
        aside={
          <>
            <TypeSample />
            <ColourSample />
          </>
        }
      >
        <Stack>
          <ControlSample />
          <ChartSample />
          <ManySample />
          <GridSample />
          <NoticeSample />
        </Stack>
      </Split>
    </Page>
  );
}
