"""The plan that rollouts of the tests live through."""

from modelwright.serving.rollouts.guards import parse_all
from modelwright.serving.rollouts.plan import Kind, Plan

MINUTE = 60_000


def a_plan(
    *guards: str,
    kind: Kind = Kind.CANARY,
    steps: tuple[float, ...] = (0.05, 0.25, 1.0),
    shadow_ms: int = 0,
    deadline_ms: int = 120 * MINUTE,
    replay_rows: int = 0,
) -> Plan:
    """A canary of two hours at the most, unless said otherwise."""
    return Plan(
        kind=kind,
        control="fraud-17",
        candidate="fraud-18",
        control_label="fraud:17",
        candidate_label="fraud:18",
        steps=steps,
        guards=parse_all(guards),
        shadow_ms=shadow_ms,
        deadline_ms=deadline_ms,
        replay_rows=replay_rows,
    )
