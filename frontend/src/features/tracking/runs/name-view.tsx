import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CheckBox, Form, TextField } from "@/shared/ui/field";
import { say } from "@/shared/ui/toast";
import { saveView } from "../api/views";

interface NameViewProps {
  scope: string;
  state: Record<string, unknown>;
  onClose: () => void;
}

/** Keeps the present state of the page under a name. */
export function NameView({ scope, state, onClose }: NameViewProps) {
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const client = useQueryClient();
  async function save() {
    try {
      await saveView(scope, name.trim(), shared, state);
      await client.invalidateQueries({ queryKey: ["views", scope] });
      say(`The view ${name.trim()} is saved.`);
      onClose();
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <Dialog open onClose={onClose} title="Save this view">
      <Form
        onSubmit={() => void save()}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={name.trim() === ""}>
              Save view
            </Button>
          </>
        }
      >
        <TextField
          label="Name"
          hint="A view of yours with this name is replaced."
          value={name}
          error={refusal}
          onChange={(event) => setName(event.target.value)}
        />
        <CheckBox
          label="Everybody sees it"
          checked={shared}
          onChange={(event) => setShared(event.target.checked)}
        />
      </Form>
    </Dialog>
  );
}
