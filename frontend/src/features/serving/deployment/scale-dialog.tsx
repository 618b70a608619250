import { useState } from "react";
import { plural } from "@/shared/lib/format";
import { Button } from "@/shared/ui/button";
import { Dialog } from "@/shared/ui/dialog";
import { Choice, Form, TextField } from "@/shared/ui/field";
import { ErrorNotice } from "@/shared/ui/notice";
import popup from "@/shared/ui/popup.module.css";
import { scaleDeployment } from "../api/changes";
import type { Deployment } from "../api/serving";
import { versionName } from "../links";
import { useOrder } from "../use-order";

const MOST = 64;

/** How many replicas of a version each node computes with. */
export function ScaleDialog({ deployment, onClose }: { deployment: Deployment; onClose: () => void }) {
  const versions = [...new Set(deployment.routes.map((route) => versionName(route.version)))];
  const [version, setVersion] = useState("");
  const [typed, setTyped] = useState(String(deployment.routes[0]?.settings.replicas ?? 1));
  const { busy, refusal, order } = useOrder(onClose);
  const replicas = /^\d+$/.test(typed.trim()) ? Number(typed) : 0;
  const fits = replicas >= 1 && replicas <= MOST;
  const scale = () => scaleDeployment(deployment.name, { replicas, version: version || null });
  return (
    <Dialog open onClose={onClose} title={`Scale ${deployment.name}`}>
      <Form
        onSubmit={() => fits && void order(scale, `Each node computes with ${plural(replicas, "replica")}.`)}
        actions={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button kind="primary" type="submit" disabled={!fits || busy}>
              Scale
            </Button>
          </>
        }
      >
        {versions.length > 1 && (
          <Choice label="Version" value={version} onChange={(event) => setVersion(event.target.value)}>
            <option value="">All versions</option>
            {versions.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Choice>
        )}
        <TextField
          label="Replicas on each node"
          inputMode="numeric"
          value={typed}
          error={fits ? undefined : "A whole number from 1 to 64."}
          onChange={(event) => setTyped(event.target.value)}
        />
        <ul className={popup.consequences} aria-label="What will happen">
          <li>A model that runs in a process of its own gets so many processes, each with its own memory.</li>
          <li>The replicas there are now answer until the new ones are loaded; no request is lost.</li>
        </ul>
        {refusal !== null && <ErrorNotice error={refusal} />}
      </Form>
    </Dialog>
  );
}
