import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useLive } from "@/shared/lib/live";
import { BareInput } from "@/shared/ui/field";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Page, Panel, Tabs } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { Time } from "@/shared/ui/time";
import { eventsQuery } from "./api/operations";
import { CommentsLately } from "./comments-lately";
import { factsInWords } from "./facts-in-words";
import css from "./operations.module.css";

const ONLY = { exact: true, includeSearch: true };

/** The audit log: every change of state, who made it and when. */
export function ActivityPage() {
  const { view } = useSearch({ from: "/activity" });
  return (
    <Page
      title="Activity"
      lead="Every change of state is written in the transaction that makes it. Newest first."
    >
      <Tabs label="What happened">
        <Link from="/activity" to="/activity" search={({ subject }) => ({ subject })} activeOptions={ONLY}>
          Events
        </Link>
        <Link
          from="/activity"
          to="/activity"
          search={({ mentions }) => ({ view: "comments", mentions })}
          activeOptions={ONLY}
        >
          Comments
        </Link>
      </Tabs>
      {view === "comments" ? <CommentsLately /> : <Events />}
    </Page>
  );
}

function Events() {
  const { subject = "" } = useSearch({ from: "/activity" });
  const navigate = useNavigate({ from: "/activity" });
  const refetchInterval = useLive(true);
  const answer = useQuery({ ...eventsQuery(subject), refetchInterval });
  const events = answer.data?.items ?? [];
  return (
    <>
      <Bar>
        <Grow>
          <BareInput
            label="Only about"
            placeholder="Only about, for example runs/4a1f… or models/churn"
            data-query-box=""
            defaultValue={subject}
            onChange={(event) =>
              void navigate({ search: { subject: event.target.value || undefined }, replace: true })
            }
          />
        </Grow>
      </Bar>
      <Loaded of={answer}>
        {events.length === 0 ? (
          <Empty title="Nothing has happened here yet">
            <p>Events appear with the first experiment, run or model.</p>
          </Empty>
        ) : (
          <Panel flush>
            <SmallTable
              label="Events"
              rows={events}
              rowKey={(event) => String(event.id)}
              columns={[
                { header: "When", whole: true, cell: (event) => <Time ms={event.at_ms} /> },
                { header: "Who", whole: true, cell: (event) => event.actor },
                { header: "What", whole: true, cell: (event) => event.name },
                { header: "About", whole: true, cell: (event) => event.subject },
                {
                  header: "Facts",
                  cell: (event) => <div className={css.facts}>{factsInWords(event.facts)}</div>,
                },
              ]}
            />
          </Panel>
        )}
      </Loaded>
    </>
  );
}
