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
          { header: "Guard", cell: (guard) => <code>{guard.text}</code> },
          { header: "Standing", cell: (guard) => <StateBadge state={guard.standing} /> },
          { header: "Seen", cell: (guard) => guard.seen },
          { header: "Proof", cell: (guard) => <Bets guard={guard} /> },
          {
            header: "Odds of harm, of safety",
            cell: (guard) => `${oddsWords(guard.harm_peak)}, ${oddsWords(guard.safe_peak)}`,
          },
          {
            header: "Needed",
            cell: (guard) => `${oddsWords(guard.harm_needed)}, ${oddsWords(guard.safe_needed)}`,
          },
        ]}
      />
    </Panel>
  );
}

function Bets({ guard }: { guard: Guard }) {
  return (
    <div className={css.bets}>
      <Bet name="harm" of={guard.text} share={proven(guard.harm_peak, guard.harm_needed)} />
      <Bet name="safety" of={guard.text} share={proven(guard.safe_peak, guard.safe_needed)} />
    </div>
  );
}

function Bet({ name, of, share }: { name: string; of: string; share: number }) {
  const words = `${Math.round(share * 100)} %`;
  return (
    <div className={css.bet}>
      <span>{name}</span>
      <meter min={0} max={1} value={share} aria-label={`Proof of ${name} for ${of}`}>
        {words}
      </meter>
      <span>{words}</span>
    </div>
  );
}
