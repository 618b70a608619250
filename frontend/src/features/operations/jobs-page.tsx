import { useQuery } from "@tanstack/react-query";
import { plural } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { StateBadge } from "@/shared/ui/badge";
import { CopyText, Empty, Loaded } from "@/shared/ui/notice";
import { Page, Panel, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import { jobsQuery } from "./api/operations";

/** What the server does in the background, what waits, and what failed with its reason. */
export function JobsPage() {
  const refetchInterval = useLive(true);
  const answer = useQuery({ ...jobsQuery(), refetchInterval });
  const counts = Object.entries(answer.data?.counts ?? {}).map(([kind, states]) => ({ kind, states }));
  return (
    <Page
      title="Jobs"
      lead="Background work survives a crash: a job whose runner died is taken again, and a failed one is tried again with growing pauses."
    >
      <Loaded of={answer}>
        {counts.length === 0 ? (
          <Empty title="Nothing has been asked for yet">
            <p>
              Jobs appear when something needs work later, such as compacting the history of a long series.
            </p>
          </Empty>
        ) : (
          <Stack>
            <Panel title="By kind" flush>
              <SmallTable
                label="Jobs by kind"
                rows={counts}
                rowKey={(row) => row.kind}
                columns={[
                  { header: "Kind", cell: (row) => row.kind },
                  ...["waiting", "running", "done", "failed"].map((state) => ({
                    header: `${state.charAt(0).toUpperCase()}${state.slice(1)}`,
                    numeric: true,
                    cell: (row: (typeof counts)[number]) => row.states[state] ?? 0,
                  })),
                ]}
              />
            </Panel>
            <Panel title="Latest" flush>
              <SmallTable
                label="Latest jobs"
                rows={answer.data?.items ?? []}
                rowKey={(job) => String(job.id)}
                columns={[
                  { header: "Job", cell: (job) => job.id },
                  { header: "Kind", whole: true, cell: (job) => job.kind },
                  { header: "About", whole: true, cell: (job) => <AboutJob thing={job.key} /> },
                  { header: "State", cell: (job) => <StateBadge state={job.state} /> },
                  { header: "Tried", whole: true, cell: (job) => plural(job.attempts, "time") },
                  { header: "Asked", whole: true, cell: (job) => <Time ms={job.created_ms} /> },
                  { header: "Changed", whole: true, cell: (job) => <Time ms={job.updated_ms} /> },
                  { header: "Why it failed", cell: (job) => job.error ?? "" },
                ]}
              />
            </Panel>
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function AboutJob({ thing }: { thing: string }) {
  return thing.startsWith("sha256:") ? <CopyText text={thing} short /> : thing;
}
