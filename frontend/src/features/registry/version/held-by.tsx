import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import type { Version } from "../api/models";
import { heldByQuery } from "../api/run-of-version";
import { addressOf, heldAs } from "./lineage-lanes";

/** What stands in the way of deleting the version. */
export function HeldBy({ version }: { version: Version }) {
  const answer = useQuery(heldByQuery(version.model, version.number));
  const holders = answer.data?.held_by ?? [];
  return (
    <Panel title="Relied on by">
      <Loaded of={answer} lines={1}>
        {holders.length === 0 ? (
          <Quiet>Nothing live refers to it: no alias, no copy, no deployment.</Quiet>
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
