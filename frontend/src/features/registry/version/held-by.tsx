import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import type { Version } from "../api/models";
import { heldByQuery } from "../api/run-of-version";
import { addressOf, heldAs } from "./lineage-lanes";

/** What else stands in the way of deleting the version; its deployments have a panel of their own. */
export function HeldBy({ version }: { version: Version }) {
  const answer = useQuery(heldByQuery(version.model, version.number));
  const all = answer.data?.held_by ?? [];
  const holders = all.filter((ref) => !ref.startsWith("deployments/"));
  return (
    <Panel title="Relied on by">
      <Loaded of={answer} lines={1}>
        {holders.length === 0 ? (
          <Quiet>
            {all.length === 0
              ? "Nothing live refers to it: no alias, no copy, no deployment."
              : "Its deployments only."}
          </Quiet>
        ) : (
          <Stack>
            {holders.map((ref) => {
              const to = addressOf(ref);
              return to ? (
                <Link key={ref} to={to}>
                  {heldAs(ref)}
                </Link>
              ) : (
                <span key={ref}>{heldAs(ref)}</span>
              );
            })}
            <Quiet>While any of these is there, deleting this version is refused.</Quiet>
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}
