import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Loaded } from "@/shared/ui/notice";
import { Panel, Quiet, Stack } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import type { Version } from "../api/models";
import { lineageQuery, runOfVersionQuery } from "../api/run-of-version";
import css from "../registry.module.css";
import { addressOf, KIND_NAMES, labelOf, lanes, runOf } from "./lineage-lanes";

/** Of so many runs the names are asked for; the others go by their ids. */
const NAMED = 20;

/** Where a version comes from and what came of it: lanes for the eye, a table for everyone. */
export function Lineage({ version }: { version: Version }) {
  const self = `models/${version.model}/versions/${version.number}`;
  const answer = useQuery(lineageQuery(self));
  const nodes = answer.data?.nodes ?? [];
  const edges = answer.data?.edges ?? [];
  const runs = nodes.flatMap((node) => runOf(node.ref) ?? []).slice(0, NAMED);
  const names = useQueries({
    queries: runs.map((id) => runOfVersionQuery(id)),
    combine: (answers) =>
      new Map(answers.flatMap(({ data }) => (data ? [[data.id, data.name] as const] : []))),
  });
  return (
    <Loaded of={answer}>
      <Stack>
        <Panel title="From data to what uses it">
          <div className={css.lanes}>
            {lanes(nodes).map(([kind, members]) => (
              <div key={kind} className={css.lane}>
                <h3>{KIND_NAMES[kind] ?? kind}</h3>
                {members.map((node) => {
                  const to = addressOf(node.ref);
                  const look = `${css.node} ${node.ref === self ? css.self : ""}`;
                  return to ? (
                    <Link key={node.ref} to={to} className={look}>
                      {labelOf(node.ref, names)}
                    </Link>
                  ) : (
                    <span key={node.ref} className={look}>
                      {labelOf(node.ref, names)}
                    </span>
                  );
                })}
              </div>
            ))}
          </div>
        </Panel>
        <Panel title="Every link" flush={edges.length > 0}>
          {edges.length === 0 ? (
            <Quiet>Nothing is recorded about where this version comes from.</Quiet>
          ) : (
            <SmallTable
              label="Links"
              rows={edges}
              rowKey={(edge) => `${edge.source} ${edge.relation} ${edge.target}`}
              columns={[
                { header: "From", cell: (edge) => labelOf(edge.source, names) },
                { header: "Link", cell: (edge) => edge.relation.replaceAll("_", " ") },
                { header: "To", cell: (edge) => labelOf(edge.target, names) },
              ]}
            />
          )}
        </Panel>
      </Stack>
    </Loaded>
  );
}
