import { useState } from "react";
import { Badge, StateBadge } from "@/shared/ui/badge";
import { Button, IconButton } from "@/shared/ui/button";
import { Confirm } from "@/shared/ui/dialog";
import { CheckBox, Choice, Form, TextArea, TextField } from "@/shared/ui/field";
import { Menu } from "@/shared/ui/menu";
import { Bar, Panel, Quiet, Stack } from "@/shared/ui/page";
import { Popover } from "@/shared/ui/popover";
import { Tags } from "@/shared/ui/tags";
import { complain, say } from "@/shared/ui/toast";
import { Tooltip } from "@/shared/ui/tooltip";

export function ControlSample() {
  const [asking, setAsking] = useState(false);
  const [tags, setTags] = useState<Record<string, string>>({ team: "risk", purpose: "fraud" });
  return (
    <>
      <Panel title="Controls">
        <Stack>
          <Bar>
            <Button kind="primary">Primary</Button>
            <Button>Plain</Button>
            <Button kind="quiet">Quiet</Button>
            <Button kind="danger" onClick={() => setAsking(true)}>
              Danger
            </Button>
            <Button disabled>Disabled</Button>
            <Button small icon="plus">
              Small
            </Button>
            <IconButton icon="copy" label="Copy" />
            <Menu
              label="Menu"
              labelled
              items={[{ label: "First", icon: "edit", onPick: () => say("First was picked.") }]}
            />
            <Popover label="Popover" icon="columns">
              <Quiet>A small panel of controls.</Quiet>
            </Popover>
            <Tooltip text="More about what is pointed at">
              <Button>Tooltip</Button>
            </Tooltip>
            <Button onClick={() => complain(new Error("The thing asked for is gone."))}>Refusal</Button>
          </Bar>
          <Bar>
            {["running", "finished", "failed", "killed", "scheduled", "deleted"].map((state) => (
              <StateBadge key={state} state={state} />
            ))}
            <Badge tone="accent">@champion</Badge>
            <Badge tone="warn">needs a look</Badge>
          </Bar>
          <Tags
            tags={tags}
            onSet={async (key, value) => setTags({ ...tags, [key]: value })}
            onDelete={async (key) =>
              setTags(Object.fromEntries(Object.entries(tags).filter(([name]) => name !== key)))
            }
          />
        </Stack>
      </Panel>
      <Panel title="Form">
        <Form
          onSubmit={() => say("Saved.")}
          actions={
            <>
              <Button>Cancel</Button>
              <Button kind="primary" type="submit">
                Save
              </Button>
            </>
          }
        >
          <TextField label="Name" hint="Unique on this server." />
          <TextField label="Share" defaultValue="130" error="A share is between 0 and 100; 130 was given." />
          <Choice label="State">
            <option>live</option>
            <option>shadow</option>
          </Choice>
          <TextArea label="Why" />
          <CheckBox label="Tell the owners" />
        </Form>
      </Panel>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => setAsking(false)}
        title="Delete the sample?"
        verb="Delete sample"
        danger
        consequences={["It leaves the tables.", "It can be restored for 30 days."]}
      />
    </>
  );
}
