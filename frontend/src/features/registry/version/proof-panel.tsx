import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLive } from "@/shared/lib/live";
import { StateBadge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Loaded } from "@/shared/ui/notice";
import { Facts, Panel, Quiet, Stack } from "@/shared/ui/page";
import { Time } from "@/shared/ui/time";
import { complain } from "@/shared/ui/toast";
import type { Version } from "../api/models";
import { askForProof, type Proof, proofQuery } from "../api/proofs";
import { PROOF_STATES, proofFacts, proofWords } from "./proof-facts";

/** Whether the version opens and answers in an environment of its own, and what that costs. */
export function ProofPanel({ version }: { version: Version }) {
  const [waiting, setWaiting] = useState(false);
  const refetchInterval = useLive(waiting);
  const answer = useQuery({ ...proofQuery(version.model, version.number), refetchInterval });
  const state = answer.data?.finding.state;
  if (state !== undefined && waiting !== (state === "waiting")) setWaiting(state === "waiting");
  return (
    <Panel title="Load-proof">
      <Loaded of={answer} lines={3}>
        {answer.data && <Proven proof={answer.data} />}
      </Loaded>
    </Panel>
  );
}

function Proven({ proof }: { proof: Proof }) {
  const { version, manifest, finding, found_ms } = proof;
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  async function prove() {
    setBusy(true);
    try {
      await askForProof(version.model, version.number);
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
      await client.invalidateQueries({ queryKey: ["model", version.model] });
    }
  }
  const facts = proofFacts(proof);
  return (
    <Stack>
      <div>
        <StateBadge state={PROOF_STATES[finding.state]} />
      </div>
      <Quiet>{proofWords(proof)}</Quiet>
      {facts.length > 0 && (
        <Facts facts={[...facts, found_ms !== null && ["Found", <Time key="f" ms={found_ms} />]]} />
      )}
      {manifest !== null && finding.state !== "waiting" && (
        <div>
          <Button small disabled={busy} onClick={() => void prove()}>
            {finding.state === "none" ? "Prove it" : "Prove it again"}
          </Button>
        </div>
      )}
    </Stack>
  );
}
