import { useQuery } from "@tanstack/react-query";
import { meQuery } from "@/shared/api/me";
import { serverAddress } from "@/shared/lib/place";
import { Badge } from "@/shared/ui/badge";
import { CopyText, Loaded } from "@/shared/ui/notice";
import { Bar, Facts, Page, Panel, Quiet, Split, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import { healthQuery, settingsQuery } from "./api/operations";
import { Checks } from "./checks";

const FRESH_MS = 15_000;

/** Is it well, who am I to it, how was it set up. */
export function ServerPage() {
  const health = useQuery({ ...healthQuery(), refetchInterval: FRESH_MS });
  const settings = useQuery(settingsQuery());
  return (
    <Page title="Server">
      <Split aside={<Aside />}>
        <Panel title="Checks">
          <Loaded of={health}>
            <Checks checks={health.data?.checks ?? []} />
          </Loaded>
        </Panel>
        <Panel title="Settings" flush>
          <Loaded of={settings}>
            <SmallTable
              label="Settings in force"
              rows={settings.data?.items ?? []}
              rowKey={(setting) => setting.name}
              columns={[
                { header: "Setting", cell: (setting) => <code>{setting.name}</code> },
                {
                  header: "Value",
                  cell: (setting) => (
                    <Bar>
                      {setting.value || "not set"}
                      {setting.value !== setting.default && <Badge tone="accent">changed</Badge>}
                    </Bar>
                  ),
                },
                { header: "Variable", cell: (setting) => <code>{setting.variable}</code> },
              ]}
            />
          </Loaded>
        </Panel>
      </Split>
    </Page>
  );
}

function Aside() {
  const health = useQuery(healthQuery());
  const me = useQuery(meQuery());
  return (
    <>
      <Panel title="About">
        <Loaded of={health} lines={3}>
          <Facts
            facts={[
              ["State", health.data?.status],
              ["Version", health.data?.version],
              ["Up since", <Time key="t" ms={health.data?.started_ms} />],
              ["Address", <CopyText key="a" text={serverAddress} />],
            ]}
          />
        </Loaded>
      </Panel>
      <Panel title="You">
        <Loaded of={me} lines={3}>
          <Stack>
            <Facts
              facts={[
                ["Name", me.data?.name],
                ["May", me.data?.permissions.join(", ")],
              ]}
            />
            {me.data?.login_required === false && (
              <Quiet>No login: only this machine can reach the server.</Quiet>
            )}
          </Stack>
        </Loaded>
      </Panel>
    </>
  );
}
