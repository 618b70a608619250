import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { rowsOf } from "@/shared/api/pages";
import { exactTime } from "@/shared/lib/format";
import { useLive } from "@/shared/lib/live";
import { Choice, TextField } from "@/shared/ui/field";
import { More } from "@/shared/ui/more";
import { Empty, Loaded } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import { ledgerQuery } from "../api/ledger";
import { type PredictionRow, predictionsQuery, type Wanted } from "../api/predictions";
import type { Deployment } from "../api/serving";
import { ServedVersionLink, versionName } from "../links";
import { valueWords } from "../prediction/values";
import css from "../serving.module.css";
import { milliseconds } from "../words";
import { fromField, intoField, keptWords } from "./listed";

const FROM = "/deployments/$name";
const AGAIN_MS = 5_000;

/** What the deployment answered, newest first, as far as the ledger keeps it. */
export function PredictionsTab({ deployment }: { deployment: Deployment }) {
  const { version, caller, since, before } = useSearch({ from: FROM });
  const wanted: Wanted = { version, caller, since, before };
  const moves = useLive(true) !== false && before === undefined;
  const answer = useInfiniteQuery({
    ...predictionsQuery(deployment.name, wanted),
    // Once somebody has gone on to older rows, newer ones would move them away under the eyes.
    refetchInterval: ({ state }) => (moves && (state.data?.pages.length ?? 0) <= 1 ? AGAIN_MS : false),
  });
  const rows = rowsOf(answer.data);
  const reached = answer.data?.pages.at(-1)?.reached_ms ?? null;
  return (
    <Stack>
      <Filters deployment={deployment} wanted={wanted} />
      <Loaded of={answer} lines={10}>
        {rows.length === 0 ? (
          <None wanted={wanted} reached={reached} />
        ) : (
          <Panel flush>
            <Rows rows={rows} />
            <More what="predictions" answer={answer} />
          </Panel>
        )}
        {rows.length === 0 && <More what="predictions" answer={answer} />}
      </Loaded>
      <Kept deployment={deployment.name} />
    </Stack>
  );
}

function Filters({ deployment, wanted }: { deployment: Deployment; wanted: Wanted }) {
  const navigate = useNavigate({ from: FROM });
  const change = (next: Wanted) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const versions = deployment.routes.map((route) => versionName(route.version));
  // One that has no route any more is asked for by its address.
  const listed =
    wanted.version && !versions.includes(wanted.version) ? [wanted.version, ...versions] : versions;
  return (
    <div className={css.fields}>
      <Choice
        label="Version"
        value={wanted.version ?? ""}
        onChange={(event) => change({ version: event.target.value || undefined })}
      >
        <option value="">Any</option>
        {[...new Set(listed)].map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Choice>
      <TextField
        key={`caller ${wanted.caller ?? ""}`}
        label="Caller"
        placeholder="Any"
        defaultValue={wanted.caller ?? ""}
        spellCheck={false}
        onBlur={(event) => change({ caller: event.target.value.trim() || undefined })}
        onKeyDown={(event) => {
          if (event.key === "Enter") change({ caller: event.currentTarget.value.trim() || undefined });
        }}
      />
      <MomentField label="Answered since" ms={wanted.since} onMoment={(since) => change({ since })} />
      <MomentField label="Answered before" ms={wanted.before} onMoment={(before) => change({ before })} />
    </div>
  );
}

interface MomentFieldProps {
  label: string;
  ms: number | undefined;
  onMoment: (ms: number | undefined) => void;
}

function MomentField({ label, ms, onMoment }: MomentFieldProps) {
  return (
    <TextField
      key={ms ?? ""}
      type="datetime-local"
      label={label}
      defaultValue={intoField(ms)}
      onBlur={(event) => onMoment(fromField(event.target.value))}
      onKeyDown={(event) => {
        if (event.key === "Enter") onMoment(fromField(event.currentTarget.value));
      }}
    />
  );
}

function Rows({ rows }: { rows: PredictionRow[] }) {
  return (
    <SmallTable
      label="Predictions"
      rows={rows}
      rowKey={idOf}
      columns={[
        {
          header: "Answered",
          whole: true,
          cell: (row) => (
            <Link to="/predictions/$id" params={{ id: idOf(row) }} title={idOf(row)}>
              {exactTime(row.at_ms)}
            </Link>
          ),
        },
        // Beside the time, because a narrow screen shows no more than two columns.
        { header: "Outputs", cell: (row) => <Values values={row.outputs} hidden={row.hidden} /> },
        { header: "Inputs", cell: (row) => <Values values={row.inputs} hidden={row.hidden} /> },
        { header: "Version", whole: true, cell: (row) => <ServedVersionLink version={row.version} /> },
        { header: "Caller", cell: (row) => row.caller || <Quiet>no key</Quiet> },
        { header: "Took", numeric: true, cell: (row) => milliseconds(row.latency_ms) },
      ]}
    />
  );
}

function Values({ values, hidden }: { values: PredictionRow["inputs"]; hidden: readonly string[] }) {
  const told = Object.entries(values);
  if (told.length === 0) return <Quiet>not here</Quiet>;
  return (
    <div className={css.values}>
      {told.map(([name, value]) => (
        <span key={name}>
          <Quiet>{name}</Quiet>{" "}
          {hidden.includes(name) ? <Quiet>hidden</Quiet> : <code>{valueWords(value)}</code>}
        </span>
      ))}
    </div>
  );
}

function None({ wanted, reached }: { wanted: Wanted; reached: number | null }) {
  if (reached !== null)
    return (
      <Empty title={`None since ${exactTime(reached)}`}>
        <p>So far back was looked. There are older rows, among which there may be some of these.</p>
      </Empty>
    );
  const any = Object.values(wanted).every((one) => one === undefined);
  return (
    <Empty title={any ? "The ledger has no prediction of this deployment" : "The ledger has none of these"}>
      <p>An answer comes here some ten seconds after it was given, if it is among the rows that are kept.</p>
    </Empty>
  );
}

/** What such a list cannot show, so that nobody takes it for all that was asked. */
function Kept({ deployment }: { deployment: string }) {
  const { data } = useQuery(ledgerQuery(deployment));
  if (data === undefined) return null;
  return <Quiet>{keptWords(data.logging)}</Quiet>;
}

function idOf({ prediction, position }: PredictionRow): string {
  return `${prediction}.${position}`;
}
