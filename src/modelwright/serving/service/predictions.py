"""Past predictions: finding one by its id, and telling where it came from."""

from collections.abc import Callable
from typing import Any

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.serving.model import Segment, VersionRef
from modelwright.serving.prediction_id import PredictionId
from modelwright.serving.rollouts import machine
from modelwright.serving.service import provenance
from modelwright.serving.shown import Prediction, RolloutThen
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import ledger as ledger_store
from modelwright.serving.store import outcomes as outcome_store
from modelwright.serving.store import rollouts as rollout_store

FindRow = Callable[[Segment, str, int], dict[str, Any] | None]
"""The row with this id and position in a segment; None when it is not there."""


def segments_of(tx: ReadTx, id_: PredictionId) -> list[Segment]:
    """The segments that may hold the row."""
    return ledger_store.at(tx, id_.at_ms)


def find(segments: list[Segment], id_: PredictionId, look: FindRow) -> tuple[Segment, dict[str, Any]]:
    """The row and the segment it is in. Raises NotFound and says why that may be."""
    for segment in segments:
        row = look(segment, id_.prediction, id_.position)
        if row is not None:
            return segment, row
    raise NotFound(
        f"no prediction {id_.prediction}.{id_.position} in the ledger: it may be on its way (seconds), was not among "
        "the rows that the deployment keeps, or its retention is over",
        prediction=id_.prediction,
    )


def explained(tx: ReadTx, segment: Segment, row: dict[str, Any]) -> Prediction:
    """The row with where it came from: version, route, node, and the rollout of that moment."""
    at_ms = int(row["at"].timestamp() * 1000)
    held = deployment_store.find(tx, segment.deployment)
    return Prediction(
        prediction=row["prediction"],
        position=row["position"],
        at_ms=at_ms,
        workspace=segment.workspace,
        deployment=segment.deployment,
        route=segment.route,
        version=VersionRef(model=segment.model, number=segment.version),
        manifest=segment.manifest,
        engine=segment.engine,
        node=segment.node,
        latency_ms=row["latency_ms"],
        caller=row["caller"],
        share=segment.share,
        inputs=row.get("inputs") or {},
        outputs=row.get("outputs") or {},
        hidden=segment.hidden,
        provenance=provenance.of(tx, segment, at_ms),
        outcomes=tuple(outcome_store.of(tx, row["prediction"], row["position"])),
        rollout=None if held is None else _rollout_then(tx, held.pk, at_ms),
    )


def _rollout_then(tx: ReadTx, deployment_pk: int, at_ms: int) -> RolloutThen | None:
    kept = rollout_store.at(tx, deployment_pk, at_ms)
    if kept is None:
        return None
    before = [event for event in rollout_store.events_of(tx, kept.id) if event.at_ms <= at_ms]
    if not before:
        return None
    state = machine.replay(before)
    return RolloutThen(id=kept.id, candidate=state.plan.candidate_label, share=state.share, reason=state.reason)
