import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/shared/ui/button";
import { Choice, TextArea, TextField } from "@/shared/ui/field";
import { CodeBlock, ErrorNotice, Loaded } from "@/shared/ui/notice";
import { Bar, Facts, Panel, Quiet } from "@/shared/ui/page";
import { tryOut } from "../api/changes";
import { type Deployment, type Signature, signatureQuery, type Tried } from "../api/serving";
import { PredictionLink } from "../links";
import css from "../serving.module.css";
import { milliseconds } from "../words";
import {
  fieldKind,
  type Input,
  nameOf,
  readRow,
  requestFrom,
  requestOf,
  startValue,
  typeWords,
} from "./fields";

/** Ask the deployment as any caller would: one field for each column, or the request itself as JSON. */
export function TryForm({ deployment }: { deployment: Deployment }) {
  const answer = useQuery(signatureQuery(deployment.name));
  return (
    <Loaded of={answer}>
      {answer.data && <Form key={deployment.name} deployment={deployment} signature={answer.data} />}
    </Loaded>
  );
}

function Form({ deployment, signature }: { deployment: Deployment; signature: Signature }) {
  const { inputs, tensors, example } = signature;
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      inputs.map((input, at) => [
        nameOf(input, at),
        startValue(example?.[nameOf(input, at)], fieldKind(input)),
      ]),
    ),
  );
  const [json, setJson] = useState(inputs.length === 0 ? JSON.stringify({ rows: [{}] }, null, 2) : "");
  const [asJson, setAsJson] = useState(inputs.length === 0);
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState<Tried | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);
  const answer = useRef<HTMLDivElement>(null);
  const { row, problems } = readRow(inputs, texts);
  const wrong = asJson ? jsonProblem(json) : Object.keys(problems).length > 0 && "";

  // Below a long form neither the answer nor the field that is wrong is on the screen.
  useEffect(() => {
    if (tried !== null || refusal !== null) answer.current?.scrollIntoView({ block: "nearest" });
  }, [tried, refusal]);

  async function send() {
    setShown(true);
    if (wrong !== false) {
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
      return;
    }
    setBusy(true);
    setRefusal(null);
    try {
      setTried(await tryOut(deployment.name, asJson ? requestFrom(json) : requestOf(row, tensors)));
    } catch (error) {
      setTried(null);
      setRefusal(error);
    } finally {
      setBusy(false);
    }
  }

  function swap() {
    if (!asJson) setJson(JSON.stringify(requestOf(row, tensors), null, 2));
    setAsJson(!asJson);
  }

  return (
    <div className={`${css.two} ${css.tryOut}`}>
      <Panel
        title="Request"
        actions={
          inputs.length > 0 && (
            <Button small onClick={swap}>
              {asJson ? "As a form" : "As JSON"}
            </Button>
          )
        }
      >
        <form
          ref={form}
          className={css.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          {asJson ? (
            <TextArea
              label="Request as JSON"
              rows={12}
              spellCheck={false}
              value={json}
              error={(shown && wrong) || undefined}
              hint={
                inputs.length === 0
                  ? "The version does not say what it takes; log it with input_example= to get a form."
                  : undefined
              }
              onChange={(event) => setJson(event.target.value)}
            />
          ) : (
            <div className={css.fields}>
              {inputs.map((input, at) => (
                <Field
                  key={nameOf(input, at)}
                  input={input}
                  name={nameOf(input, at)}
                  value={texts[nameOf(input, at)] ?? ""}
                  problem={shown ? problems[nameOf(input, at)] : undefined}
                  onChange={(value) => setTexts({ ...texts, [nameOf(input, at)]: value })}
                />
              ))}
            </div>
          )}
          <Bar>
            <Button kind="primary" type="submit" icon="play" disabled={busy || deployment.stopped}>
              {busy ? "Asking…" : "Predict"}
            </Button>
            <Quiet>
              {deployment.stopped
                ? "The deployment is stopped: nothing answers. Resume it first."
                : "It is a request like any other: counted, and kept in the ledger."}
            </Quiet>
          </Bar>
        </form>
      </Panel>
      <div ref={answer} aria-live="polite">
        <Panel title="Answer">
          {refusal !== null && <ErrorNotice error={refusal} />}
          {tried && <Answer tried={tried} />}
          {tried === null && refusal === null && <Quiet>Nothing was asked yet.</Quiet>}
        </Panel>
      </div>
    </div>
  );
}

/** What is wrong with a request that is typed as JSON; false when nothing is. */
function jsonProblem(text: string): string | false {
  try {
    requestFrom(text);
    return false;
  } catch (error) {
    return error instanceof SyntaxError ? `Not JSON: ${error.message}` : (error as Error).message;
  }
}

interface FieldProps {
  input: Input;
  name: string;
  value: string;
  problem: string | undefined;
  onChange: (value: string) => void;
}

function Field({ input, name, value, problem, onChange }: FieldProps) {
  const kind = fieldKind(input);
  const hint = typeWords(input);
  if (kind === "boolean")
    return (
      <Choice label={name} hint={hint} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="true">true</option>
        <option value="false">false</option>
      </Choice>
    );
  if (kind === "json")
    return (
      <TextArea
        label={name}
        hint={hint}
        error={problem}
        rows={3}
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  return (
    <TextField
      label={name}
      hint={hint}
      error={problem}
      inputMode={kind === "text" ? "text" : "decimal"}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

function Answer({ tried }: { tried: Tried }) {
  return (
    <div className={css.form}>
      <CodeBlock label="Predictions" code={JSON.stringify(tried.predictions, null, 2)} />
      <Facts
        facts={[
          ["Answered by", tried.version],
          ["Took", milliseconds(tried.took_ms)],
          ["On", <code key="n">{tried.node}</code>],
          ["Prediction", <PredictionLink key="p" id={tried.prediction} />],
        ]}
      />
      <Quiet>Where the answer came from is known once the ledger has it, within seconds.</Quiet>
    </div>
  );
}
