import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Form, TextField } from "@/shared/ui/field";
import { changeRun, type Run } from "../api/runs";

export function RenameRun({ run, onClose }: { run: Run; onClose: () => void }) {
  const [name, setName] = useState(run.name);
  const [refusal, setRefusal] = useState<string>();
  const client = useQueryClient();
  async function save() {
    try {
      await changeRun(run.id, { name: name.trim() });
      await client.invalidateQueries();
      onClose();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <Dialog open onClose={onClose} title="Rename run">
      <Form
        onSubmit={() => void save()}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={name.trim() === ""}>
              Rename run
            </Button>
          </>
        }
      >
        <TextField
          label="Name"
          value={name}
          error={refusal}
          onChange={(event) => setName(event.target.value)}
        />
      </Form>
    </Dialog>
  );
}
