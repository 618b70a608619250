import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Choice, Form, TextField } from "@/shared/ui/field";
import { ErrorNotice, Loaded } from "@/shared/ui/notice";
import popup from "@/shared/ui/popup.module.css";
import { say } from "@/shared/ui/toast";
import { deployConsequences, nameProblem, obstacle, suggestedName, type Way, waysFor } from "./deploy-words";
import { deploy, startRollout, takenQuery } from "./deployments";

const WAY_NAMES: Record<Way, string> = {
  new: "Make a new deployment",
  rollout: "Start a rollout: in steps, and back by itself",
  replace: "Move all traffic at once",
};
const VERBS: Record<Way, string> = {
  new: "Deploy",
  rollout: "Start the rollout",
  replace: "Move all traffic",
};

interface DeployDialogProps {
  model: string;
  number: number;
  onClose: () => void;
}

/** Have a version answer predictions: under which name, in which way, and what will be so afterwards. */
export function DeployDialog({ model, number, onClose }: DeployDialogProps) {
  const version = `${model}:${number}`;
  const [name, setName] = useState(suggestedName(model));
  const [wanted, setWanted] = useState<Way | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const asked = name.trim();
  const problem = nameProblem(asked);
  const taken = useQuery({ ...takenQuery(asked), enabled: asked !== "" && problem === undefined });
  const row = taken.data ?? null;
  const ways = waysFor(row);
  const way = wanted !== null && ways.includes(wanted) ? wanted : (ways[0] ?? "new");
  const blocked = obstacle(row, version);

  async function go() {
    setBusy(true);
    try {
      if (way === "rollout") {
        const started = await startRollout(asked, version);
        await navigate({ to: "/rollouts/$id", params: { id: String(started.id) } });
      } else {
        await deploy(asked, version, way === "replace");
        await navigate({ to: "/deployments/$name", params: { name: asked } });
      }
      say(`${version} is on its way to ${asked}.`);
    } catch (error) {
      setRefusal(error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ["deployments"] });
    }
  }

  return (
    <Dialog open onClose={onClose} title={`Deploy ${version}`}>
      <Form
        onSubmit={() => void go()}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              kind="primary"
              type="submit"
              disabled={
                busy || asked === "" || problem !== undefined || blocked !== undefined || !taken.isSuccess
              }
            >
              {busy ? "Working…" : VERBS[way]}
            </Button>
          </>
        }
      >
        <TextField
          label="Deployment"
          value={name}
          spellCheck={false}
          hint={row ? "It exists." : "A free name makes a new deployment."}
          error={problem ?? blocked}
          onChange={(event) => {
            setName(event.target.value);
            setRefusal(null);
          }}
        />
        {ways.length > 1 && blocked === undefined && (
          <Choice label="How" value={way} onChange={(event) => setWanted(event.target.value as Way)}>
            {ways.map((one) => (
              <option key={one} value={one}>
                {WAY_NAMES[one]}
              </option>
            ))}
          </Choice>
        )}
        {asked !== "" && problem === undefined && blocked === undefined && (
          <Loaded of={taken} lines={3}>
            <ul className={popup.consequences} aria-label="What will happen">
              {deployConsequences(way, asked, version, row).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </Loaded>
        )}
        {refusal !== null && <ErrorNotice error={refusal} />}
      </Form>
    </Dialog>
  );
}
