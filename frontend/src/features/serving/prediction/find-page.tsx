import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { rowsOf } from "@/shared/api/pages";
import { Button } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";
import { CodeBlock } from "@/shared/ui/notice";
import { Bar, Page, Panel, Quiet, Stack } from "@/shared/ui/page";
import { deploymentsQuery } from "../api/serving";
import css from "../serving.module.css";

const MOST_LISTED = 20;
const ID = /^[0-9a-f]{32}(\.\d{1,9})?$/;

/** Look a prediction up by the id that its caller got. */
export function FindPredictionPage() {
  const navigate = useNavigate();
  const [id, setId] = useState("");
  const [asked, setAsked] = useState(false);
  const trimmed = id.trim();
  const wrong = asked && !ID.test(trimmed);
  return (
    <Page
      title="Predictions"
      lead="Each answer carries an id. It leads to the version that answered, the run and the code it came from, and the rollout of that moment."
    >
      <Panel title="Look up">
        <form
          className={css.form}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            setAsked(true);
            if (ID.test(trimmed)) void navigate({ to: "/predictions/$id", params: { id: trimmed } });
          }}
        >
          <TextField
            label="Prediction"
            autoFocus
            spellCheck={false}
            value={id}
            hint="32 hexadecimal digits; add .1 for the second row of a request, and so on."
            error={wrong ? "That is no prediction id." : undefined}
            onChange={(event) => setId(event.target.value)}
          />
          <div>
            <Button kind="primary" type="submit">
              Look up
            </Button>
          </div>
        </form>
      </Panel>
      <WithoutId />
      <Panel title="Where an id comes from">
        <Stack>
          <Quiet>
            Every answer has it in a header, beside the version that gave it; the answer to one that is tried
            on a deployment's page leads to it.
          </Quiet>
          <CodeBlock
            label="Answer"
            code={
              "HTTP/1.1 200 OK\nModelwright-Prediction: 018f3a2b4c5d6e7f8091a2b3c4d5e6f7\nModelwright-Version: fraud:17"
            }
          />
        </Stack>
      </Panel>
    </Page>
  );
}

/** Who has no id finds the row among those that a deployment answered. */
function WithoutId() {
  const deployments = rowsOf(useInfiniteQuery(deploymentsQuery("")).data);
  if (deployments.length === 0) return null;
  return (
    <Panel title="Without an id">
      <Stack>
        <Quiet>What a deployment answered, newest first: of one version, one caller, one time.</Quiet>
        <Bar>
          {deployments.slice(0, MOST_LISTED).map(({ name }) => (
            <Link key={name} to="/deployments/$name" params={{ name }} search={{ tab: "predictions" }}>
              {name}
            </Link>
          ))}
          {deployments.length > MOST_LISTED && <Link to="/deployments">All deployments</Link>}
        </Bar>
      </Stack>
    </Panel>
  );
}
