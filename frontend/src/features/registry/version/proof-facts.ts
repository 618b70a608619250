import { bytes, duration } from "@/shared/lib/format";
import type { Proof, ProofState } from "../api/proofs";

/** The state's name as badges know it. */
export const PROOF_STATES: Record<ProofState, string> = {
  none: "no proof",
  waiting: "under way",
  proven: "proven",
  loads: "loads",
  failed: "failed",
};

const MEANINGS: Record<ProofState, string> = {
  none: "Nobody knows whether this version opens and answers anywhere but where it was made.",
  waiting:
    "The server opens it in an environment of its own. This takes as long as its libraries take to install.",
  proven: "It opened in an environment of its own and answered its input example.",
  loads: "It opened in an environment of its own. It has no input example, so it was asked nothing.",
  failed: "It did not come through in an environment of its own.",
};

/** What the proof says in one sentence, with the reason when there is one. */
export function proofWords({ manifest, finding }: Pick<Proof, "manifest" | "finding">): string {
  if (manifest === null)
    return "Its files are not in this server's store: what only clients can read cannot be proven here.";
  if (finding.state === "failed" && finding.stage)
    return `${MEANINGS.failed} It ended at the stage “${finding.stage}”: ${finding.reason || "no reason was given"}.`;
  return finding.reason ? `${MEANINGS[finding.state]} ${finding.reason}` : MEANINGS[finding.state];
}

/** What was measured, by name; what was not is left out. */
export function proofFacts({
  finding,
  size_bytes,
}: Pick<Proof, "finding" | "size_bytes">): [string, string][] {
  const seconds = (value: number | null) => (value === null ? null : duration(value * 1000));
  const facts: [string, string | null][] = [
    ["First answer after", seconds(finding.cold_start_s)],
    ["Loaded in", seconds(finding.load_s)],
    ["Environment built in", seconds(finding.environment_s)],
    ["Most memory", finding.memory_bytes === null ? null : bytes(finding.memory_bytes)],
    ["Size", size_bytes === null ? null : bytes(size_bytes)],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
