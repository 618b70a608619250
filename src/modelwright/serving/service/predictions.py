"""Past predictions: listing them, finding one by its id, and telling where it came from."""

import re
from collections.abc import Callable
from typing import Any

from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, NotFound
from modelwright.core.pages import fingerprint, page_token, position
from modelwright.serving.listing import LATEST_MS, Asked, Look, Sought, Window
from modelwright.serving.model import Segment, VersionRef
from modelwright.serving.prediction_id import ON_ITS_WAY_S, PredictionId, parse_id
from modelwright.serving.rollouts import machine
from modelwright.serving.service import provenance
from modelwright.serving.service.ledger import DAY_MS
from modelwright.serving.shown import Prediction, PredictionsShown, RolloutThen
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import ledger as ledger_store
from modelwright.serving.store import outcomes as outcome_store
from modelwright.serving.store import rollouts as rollout_store
from modelwright.serving.stored import Place, moment

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
        f"no prediction {id_.prediction}.{id_.position} in the ledger: it may be on its way (seconds, or until its "
        "node reaches the server again), was not among the rows that the deployment keeps, or its retention is over",
        prediction=id_.prediction,
        on_its_way=abs(now_ms() - id_.at_ms) < ON_ITS_WAY_S * 1000,
    )


_WINDOW = 500
"""Segments whose entries one answer reads; it opens as few of them as its rows are in."""

_VERSION = re.compile(r"(.+):(\d{1,18})")


def sought(deployment: str, asked: Asked) -> Sought:
    """Where a list begins, or goes on. Raises BadInput for a token of another list."""
    before = moment(min(asked.until_ms, LATEST_MS))
    if asked.page_token:
        here = parse_id(position(asked.page_token, _query(deployment, asked), (str,))[0])
        before = min(before, Place(here.prediction, here.position))
    return Sought(before=before, since_ms=asked.since_ms, caller=asked.caller, limit=asked.limit)


def window(tx: ReadTx, deployment: str, asked: Asked, from_: Sought) -> Window:
    """The newest segments that may hold rows before the place, so many and no more. Raises NotFound."""
    deployment_store.get(tx, deployment)
    version = _version(asked.version)
    found = ledger_store.newest(
        tx, deployment, since_ms=asked.since_ms, until_ms=from_.before.at_ms, span_ms=DAY_MS, limit=_WINDOW
    )
    floor_ms = found[-1].last_ms if len(found) == _WINDOW else None
    here = [one for one in found if version in (None, (one.model, one.version))]
    return Window(here, floor_ms)


def listed(deployment: str, asked: Asked, found: Look) -> PredictionsShown:
    """An answer, with the way on."""
    onward = found.onward
    return PredictionsShown(
        items=found.rows,
        next_page_token=None if onward is None else page_token(_query(deployment, asked), [_padded(onward)]),
        reached_ms=None if onward is None else onward.at_ms,
    )


def _query(deployment: str, asked: Asked) -> bytes:
    # Not the time: the last hour begins later with each page.
    return fingerprint("predictions", deployment, asked.version, asked.caller)


def _padded(place: Place) -> str:
    """A place as an id is written; one that only says a moment comes before all ids of that moment so, too."""
    return f"{place.prediction:0<32}.{place.position}"


def _version(said: str | None) -> tuple[str, int] | None:
    if said is None:
        return None
    match = _VERSION.fullmatch(said)
    if match is None:
        raise BadInput(f"{said!r} is not a version; write such as fraud:17", version=said)
    return match[1], int(match[2])


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
