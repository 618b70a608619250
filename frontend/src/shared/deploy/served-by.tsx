import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { StateBadge } from "@/shared/ui/badge";
import { Loaded } from "@/shared/ui/notice";
import { Bar, Panel, Quiet, Stack } from "@/shared/ui/page";
import { servingQuery } from "./deployments";

/** The deployments that have a route to a model, or to one version of it. */
export function ServedBy({ model, number }: { model: string; number?: number }) {
  const answer = useQuery(servingQuery(model, number));
  const rows = answer.data?.items ?? [];
  const more = (answer.data?.total ?? 0) - rows.length;
  return (
    <Panel title="Deployments">
      <Loaded of={answer} lines={2}>
        {rows.length === 0 ? (
          <Quiet>It answers nobody yet.</Quiet>
        ) : (
          <Stack>
            {rows.map((row) => (
              <Bar key={row.name}>
                <Link to="/deployments/$name" params={{ name: row.name }}>
                  {row.name}
                </Link>
                <StateBadge state={row.state} />
              </Bar>
            ))}
            {more > 0 && <Quiet>and {more} more</Quiet>}
          </Stack>
        )}
      </Loaded>
    </Panel>
  );
}
