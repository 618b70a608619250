import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { deleteAndLeave } from "@/shared/api/leave";
import { Confirm } from "@/shared/ui/dialog";
import { ErrorNotice } from "@/shared/ui/notice";
import { say } from "@/shared/ui/toast";
import { deleteVersion } from "../api/models";
import { heldByQuery } from "../api/run-of-version";
import { heldAs } from "./lineage-lanes";

interface DeleteVersionProps {
  model: string;
  number: number;
  onClose: () => void;
}

/** Deletes a version after it was said what goes and what relies on it; the server refuses while anything does. */
export function DeleteVersion({ model, number, onClose }: DeleteVersionProps) {
  const held = useQuery(heldByQuery(model, number));
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>(null);
  const holders = held.data?.held_by ?? [];

  async function remove() {
    setBusy(true);
    try {
      await deleteAndLeave(client, {
        about: [
          ["model", model, "version", number],
          ["lineage", `models/${model}/versions/${number}`],
          ["files", "version", model, String(number)],
        ],
        remove: () => deleteVersion(model, number),
        go: () => navigate({ to: "/models/$name", params: { name: model } }),
      });
      say(`Version ${number} of ${model} is deleted.`);
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  }

  return (
    <Confirm
      open
      danger
      busy={busy}
      onClose={onClose}
      onConfirm={() => void remove()}
      title={`Delete version ${number} of ${model}?`}
      verb="Delete version"
      consequences={[
        "It is gone for good, with its description, tags and comments; its number is never given again.",
        "Its run keeps the files it was made from.",
        holders.length > 0
          ? `The server refuses while these rely on it: ${holders.map(heldAs).join(", ")}.`
          : "Nothing live relies on it.",
      ]}
    >
      {refusal !== null && <ErrorNotice error={refusal} />}
    </Confirm>
  );
}
