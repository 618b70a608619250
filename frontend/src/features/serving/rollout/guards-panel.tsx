import { StateBadge } from "@/shared/ui/badge";
import { Panel, Quiet } from "@/shared/ui/page";
import { SmallTable } from "@/shared/ui/small-table";
import type { Guard, Rollout } from "../api/serving";
import css from "../serving.module.css";
import { oddsWords, proven } from "./phases";

/** Each guard: what was seen, and how far the bets on harm and on safety have come to a proof. */
export function GuardsPanel({ rollout }: { rollout: Rollout }) {
  if (rollout.guards.length === 0)
    return (
      <Panel title="Guards">
        <Quiet>No guard is set: only time and people move this rollout.</Quiet>
      </Panel>
    );
  return (
    <Panel title="Guards" flush>
      <SmallTable
        label="Guards"
        rows={rollout.guards}
        rowKey={(guard) => guard.text}
        columns={[
          {
            header: "Guard",
            cell: (guard) => (
              <div className={css.pair}>
                <code>{guard.text}</code>
                <StateBadge state={guard.standing} />
              </div>
            ),
          },
          // Both in one column: on a phone a third would stand out of sight.
          { header: "Seen and proven", cell: (guard) => <Bets guard={guard} /> },
        ]}
      />
    </Panel>
  );
}

function Bets({ guard }: { guard: Guard }) {
  return (
    <div className={css.bets}>
      <span>{guard.seen}</span>
      <Bet name="harm" of={guard.text} peak={guard.harm_peak} needed={guard.harm_needed} />
      <Bet name="safety" of={guard.text} peak={guard.safe_peak} needed={guard.safe_needed} />
    </div>
  );
}

interface BetProps {
  name: "harm" | "safety";
  of: string;
  peak: number;
  needed: number;
}

/** How far one bet has come: part of a proof, and the odds it has reached of those it needs. */
function Bet({ name, of, peak, needed }: BetProps) {
  const share = proven(peak, needed);
  const words = `${Math.round(share * 100)} %`;
  return (
    <div className={css.bet}>
      <span>{name}</span>
      <meter
        min={0}
        max={1}
        value={share}
        data-proven={share === 1 ? name : undefined}
        aria-label={`Proof of ${name} for ${of}`}
      >
        {words}
      </meter>
      <span>
        {words}: {oddsWords(peak)}, of {oddsWords(needed)}
      </span>
    </div>
  );
}
