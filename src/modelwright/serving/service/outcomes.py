"""Outcomes: the truth about predictions, whenever it arrives."""

from modelwright.core.clock import now_ms
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput
from modelwright.serving.model import route_tag
from modelwright.serving.prediction_id import parse_id
from modelwright.serving.rollouts.evidence import Scored
from modelwright.serving.rollouts.machine import Rollout
from modelwright.serving.service import rollouts
from modelwright.serving.shown import OutcomeAsked, OutcomesTaken
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import outcomes as store
from modelwright.serving.store import rollouts as rollout_store

_TAG = slice(20, 24)
_AHEAD_MS = 3_600_000


def take(tx: WriteTx, deployment: str, asked: tuple[OutcomeAsked, ...]) -> OutcomesTaken:
    """Keep outcomes and let a rollout that is under way learn from them. Bringing one again changes nothing.

    What is known already stays when something else is said of it; the answer names those. Raises NotFound for the
    deployment and BadInput for an id that is none.
    """
    held = deployment_store.get(tx, deployment)
    new: list[tuple[str, OutcomeAsked]] = []
    repeated, conflicting = 0, []
    for one in asked:
        id_ = parse_id(one.prediction)
        if id_.at_ms > now_ms() + _AHEAD_MS:
            raise BadInput(f"{one.prediction} would be a prediction of the future", prediction=one.prediction)
        label = _label(one.value)
        if store.add(tx, deployment, id_.prediction, id_.position, one.name, _number(one.value), label, id_.at_ms):
            new.append((id_.prediction, one))
        elif store.label(tx, id_.prediction, id_.position, one.name) == label:
            repeated += 1
        else:
            conflicting.append(one.prediction)
    kept = rollout_store.open_of(tx, held.pk)
    if kept is not None and new:
        rollouts.learn(tx, held, kept, _scored(kept.state, new))
    return OutcomesTaken(taken=len(new), repeated=repeated, conflicting=conflicting)


def _scored(state: Rollout, new: list[tuple[str, OutcomeAsked]]) -> tuple[Scored, ...]:
    """Those of numbers whose arm, and its share at that time, are known."""
    tags = {route_tag(state.plan.control): False, route_tag(state.plan.candidate): True}
    found = []
    for prediction, one in new if len(tags) > 1 else ():
        value, candidate = _number(one.value), tags.get(prediction[_TAG])
        share = rollouts.share_at(state, int(prediction[:12], 16))
        if value is not None and candidate is not None and share is not None:
            found.append(Scored(one.name, value, candidate, share))
    return tuple(found)


def _number(value: float | bool | str) -> float | None:  # noqa: FBT001 - a value, not a switch
    return None if isinstance(value, str) else float(value)


def _label(value: float | bool | str) -> str:  # noqa: FBT001 - as above
    return value if isinstance(value, str) else repr(float(value))
