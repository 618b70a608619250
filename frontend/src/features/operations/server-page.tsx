import { useQuery } from "@tanstack/react-query";
import { bytes, count } from "@/shared/lib/format";
import { serverAddress } from "@/shared/lib/place";
import { CopyText, Loaded } from "@/shared/ui/notice";
import { Facts, Page, Panel, Split } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import { type ServerState, serverQuery, settingsQuery } from "./api/operations";
import { Checks } from "./checks";

/** Is it well, what is it holding, how was it set up. */
export function ServerPage() {
  const state = useQuery({ ...serverQuery(), refetchInterval: 15_000 });
  const settings = useQuery(settingsQuery());
  return (
    <Page title="Server">
      <Split aside={<Loaded of={state}>{state.data && <About state={state.data} />}</Loaded>}>
        <Loaded of={state}>
          <Panel title="Checks">
            <Checks checks={state.data?.checks ?? []} />
          </Panel>
        </Loaded>
        <Panel title="Settings" flush>
          <Loaded of={settings}>
            <SmallTable
              label="Settings"
              rows={Object.entries(settings.data ?? {})}
              rowKey={([name]) => name}
              columns={[
                { header: "Setting", cell: ([name]) => <code>{name}</code> },
                { header: "Value", cell: ([, value]) => shown(value) },
              ]}
            />
          </Loaded>
        </Panel>
      </Split>
    </Page>
  );
}

function shown(value: unknown): string {
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "not set";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function About({ state }: { state: ServerState }) {
  const { database, storage } = state;
  return (
    <>
      <Panel title="About">
        <Facts
          facts={[
            ["Version", state.version],
            ["Up since", <Time key="t" ms={state.started_ms} />],
            ["Address", <CopyText key="a" text={serverAddress} />],
          ]}
        />
      </Panel>
      <Panel title="Database">
        <Facts
          facts={[["Kind", database.kind], database.bytes !== null ? ["Size", bytes(database.bytes)] : null]}
        />
      </Panel>
      <Panel title="Artifacts">
        <Facts
          facts={[
            ["Kind", storage.kind],
            storage.items !== null ? ["Files", count(storage.items)] : null,
            storage.bytes !== null ? ["Used", bytes(storage.bytes)] : null,
            storage.free_bytes !== null ? ["Free", bytes(storage.free_bytes)] : null,
          ]}
        />
      </Panel>
    </>
  );
}
