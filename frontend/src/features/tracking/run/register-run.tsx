import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { listFolder } from "@/shared/files/artifacts";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Choice, Form, TextField } from "@/shared/ui/field";
import { ErrorNotice, Loaded } from "@/shared/ui/notice";
import popup from "@/shared/ui/popup.module.css";
import { say } from "@/shared/ui/toast";
import { registerRun } from "../api/register";
import type { Run } from "../api/runs";

/** Makes a folder of the run the next version of a model. */
export function RegisterRun({ run, onClose }: { run: Run; onClose: () => void }) {
  const owner = { kind: "runs", id: run.id };
  const answer = useQuery({ queryKey: ["files", "run", run.id, ""], queryFn: () => listFolder(owner, "") });
  const folders = (answer.data ?? []).filter((entry) => entry.is_dir).map((entry) => entry.path);
  const [folder, setFolder] = useState("");
  const [model, setModel] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const client = useQueryClient();
  const navigate = useNavigate();
  const chosen = folder || folders[0] || "";

  async function register() {
    try {
      const made = await registerRun(run.id, chosen, model.trim());
      await client.invalidateQueries();
      say(`${made.model} has a version ${made.number} now.`);
      onClose();
      await navigate({
        to: "/models/$name/versions/$number",
        params: { name: made.model, number: String(made.number) },
      });
    } catch (error) {
      setRefusal(error);
    }
  }

  return (
    <Dialog open onClose={onClose} title="Register a model">
      <Loaded of={answer} lines={3}>
        <Form
          onSubmit={() => void register()}
          actions={
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button kind="primary" type="submit" disabled={model.trim() === "" || chosen === ""}>
                Register
              </Button>
            </>
          }
        >
          <TextField
            label="Model"
            hint="One that exists gets its next version; a new name makes a new model."
            value={model}
            onChange={(event) => setModel(event.target.value)}
          />
          <Choice
            label="Files"
            hint={folders.length === 0 ? "The run has no folder of files to register." : undefined}
            value={chosen}
            onChange={(event) => setFolder(event.target.value)}
          >
            {folders.map((path) => (
              <option key={path} value={path}>
                {path}
              </option>
            ))}
          </Choice>
          <ul className={popup.consequences}>
            <li>
              The version keeps these files as they are now; the run cannot change or lose them any more.
            </li>
            <li>No alias moves: programs that load a champion notice nothing.</li>
          </ul>
          {refusal !== null && <ErrorNotice error={refusal} />}
        </Form>
      </Loaded>
    </Dialog>
  );
}
