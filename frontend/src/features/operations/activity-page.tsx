import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { rowsOf } from "@/shared/api/pages";
import { AboutLink } from "@/shared/comments/one-comment";
import { useLive } from "@/shared/lib/live";
import { BareInput } from "@/shared/ui/field";
import { More } from "@/shared/ui/more";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Bar, Grow, Page, Panel, Quiet, Tabs } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import { eventsQuery, type Recorded } from "./api/operations";
import { CommentsLately } from "./comments-lately";
import { type Field, fieldsOf, saidOf } from "./event-words";
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
  const answer = useInfiniteQuery({ ...eventsQuery(subject), refetchInterval });
  const events = rowsOf(answer.data);
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
            <ol className={css.events} aria-label="Events">
              {events.map((event) => (
                <OneEvent key={event.id} event={event} />
              ))}
            </ol>
            <More what="events" answer={answer} />
          </Panel>
        )}
      </Loaded>
    </>
  );
}

/** What happened to what, by whom and when; below it the facts, and on request all that the log has. */
function OneEvent({ event }: { event: Recorded }) {
  const fields = fieldsOf(event.facts);
  return (
    <li className={css.event}>
      <div className={css.said}>
        <span>
          <b>{saidOf(event.name)}</b>: <AboutLink about={event.subject} />
        </span>
        <Quiet>
          {event.actor}, <Time ms={event.at_ms} />
        </Quiet>
      </div>
      <div className={css.facts}>
        {fields.length > 0 && (
          <dl>
            {fields.map((field) => (
              <div key={`${field.name} ${field.value}`}>
                <dt>{field.name}</dt>
                <dd>
                  <Value field={field} />
                </dd>
              </div>
            ))}
          </dl>
        )}
        <details>
          <summary>As recorded</summary>
          <pre>{JSON.stringify(event, null, 1)}</pre>
        </details>
      </div>
    </li>
  );
}

function Value({ field: { before, value } }: { field: Field }) {
  if (before === undefined) return value;
  if (before === null) return <>{value} (new)</>;
  return (
    <>
      {before} → {value ?? "nothing"}
    </>
  );
}
