import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Form, TextArea, TextField } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { ErrorNotice, Loaded } from "@/shared/ui/notice";
import popup from "@/shared/ui/popup.module.css";
import { say } from "@/shared/ui/toast";
import { moveAlias, previewQuery } from "./api/aliases";
import type { AliasPreview, Model } from "./api/models";
import css from "./registry.module.css";

interface MoveAliasProps {
  model: Model;
  version: number;
  onClose: () => void;
}

/** Choose an alias, see what will be so afterwards and what speaks against it, then move it. */
export function MoveAlias({ model, version, onClose }: MoveAliasProps) {
  const known = Object.keys(model.aliases);
  const [alias, setAlias] = useState(known[0] ?? "champion");
  const [comment, setComment] = useState("");
  const [refusal, setRefusal] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const client = useQueryClient();
  const asked = alias.trim();
  const preview = useQuery(previewQuery(model.name, asked, version));
  const state = preview.data;
  const blocked = !state || state.checks.some((check) => !check.ok) || state.current === version;

  async function move() {
    if (!state) return;
    setBusy(true);
    try {
      await moveAlias(model.name, asked, version, state.current, comment);
      say(`${model.name}@${asked} is version ${version} now.`);
      await client.invalidateQueries({ queryKey: ["model", model.name] });
      onClose();
    } catch (error) {
      setRefusal(error);
      await preview.refetch();
    } finally {
      setBusy(false);
    }
  }

  return (
    <Dialog open onClose={onClose} title={`Give version ${version} an alias`}>
      <Form
        onSubmit={() => void move()}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={blocked || busy}>
              {state?.current === null || state === undefined ? `Set @${asked}` : `Move @${asked}`}
            </Button>
          </>
        }
      >
        <TextField
          label="Alias"
          list="aliases"
          value={alias}
          hint="A known one, or a new name such as challenger."
          onChange={(event) => setAlias(event.target.value)}
        />
        <datalist id="aliases">
          {[...new Set([...known, "champion", "challenger"])].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        {asked !== "" && (
          <Loaded of={preview} lines={3}>
            {state && <Consequences state={state} />}
          </Loaded>
        )}
        <TextArea
          label="Why (kept in the history)"
          rows={2}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
        {refusal !== null && <ErrorNotice error={refusal} />}
      </Form>
    </Dialog>
  );
}

function Consequences({ state }: { state: AliasPreview }) {
  return (
    <>
      <ul className={popup.consequences}>
        {state.consequences.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <ul className={css.checks} aria-label="Checks">
        {state.checks.map((check) => (
          <li key={check.name}>
            <span className={check.ok ? css.ok : css.no}>
              <Icon name={check.ok ? "check" : "close"} />
            </span>
            <span>
              <span className="visually-hidden">{check.ok ? "Passed: " : "Failed: "}</span>
              {check.name}
              {check.reason && ` — ${check.reason}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
