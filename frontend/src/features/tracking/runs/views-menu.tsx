import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button, IconButton } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { CheckBox, Form, TextField } from "@/shared/ui/field";
import { Bar, Grow, Quiet, Stack } from "@/shared/ui/page";
import { Popover } from "@/shared/ui/popover";
import { complain, say } from "@/shared/ui/toast";
import { deleteView, saveView, type View, viewsQuery } from "../api/views";

interface ViewsMenuProps {
  scope: string;
  /** What is in the address now. */
  state: Record<string, unknown>;
  onOpen: (state: Record<string, unknown>) => void;
}

/** Named states of this page: mine, and those that others share. */
export function ViewsMenu({ scope, state, onOpen }: ViewsMenuProps) {
  const answer = useQuery(viewsQuery(scope));
  const [naming, setNaming] = useState(false);
  const client = useQueryClient();
  const views = answer.data?.items ?? [];
  async function remove(view: View) {
    try {
      await deleteView(view.id);
      await client.invalidateQueries({ queryKey: ["views", scope] });
    } catch (error) {
      complain(error);
    }
  }
  return (
    <>
      <Popover label="Views" icon="filter">
        <Stack>
          {views.length === 0 && <Quiet>A view keeps the query, order and columns under a name.</Quiet>}
          {views.map((view) => (
            <Bar key={view.id}>
              <Grow>
                <Button kind="quiet" onClick={() => onOpen(view.state)}>
                  {view.name}
                </Button>
                {view.shared && <Quiet> shared by {view.owner}</Quiet>}
              </Grow>
              <IconButton
                small
                icon="trash"
                label={`Delete view ${view.name}`}
                onClick={() => void remove(view)}
              />
            </Bar>
          ))}
          <Button icon="plus" onClick={() => setNaming(true)}>
            Save this view
          </Button>
        </Stack>
      </Popover>
      {naming && <NameView scope={scope} state={state} onClose={() => setNaming(false)} />}
    </>
  );
}

function NameView({ scope, state, onClose }: Omit<ViewsMenuProps, "onOpen"> & { onClose: () => void }) {
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
