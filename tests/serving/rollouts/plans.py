"""The plan that simulations live through."""

from modelwright.serving.rollouts.guards import parse_all
from modelwright.serving.rollouts.plan import Kind, Plan

MINUTE = 60_000


def planned(guards: tuple[str, ...], steps: tuple[float, ...]) -> Plan:
    """A canary of two hours at the most."""
    return Plan(
        kind=Kind.CANARY,
        control="a",
        candidate="b",
        control_label="m:1",
        candidate_label="m:2",
        steps=steps,
        guards=parse_all(guards),
        deadline_ms=120 * MINUTE,
    )
