"""Attributions: what was computed before, and what is needed to compute one."""

import msgspec

from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.attribution import Attribution
from modelwright.serving.model import Route, Segment
from modelwright.serving.service import rehearsals
from modelwright.serving.service.rehearsals import Seat
from modelwright.serving.shown import Prediction
from modelwright.serving.store import attributions as store
from modelwright.serving.store import deployments as deployment_store


class AttributionAsked(msgspec.Struct, frozen=True, kw_only=True):
    """`output` names the number to explain ("": the usual one), `rows` how many background rows at most."""

    output: str
    rows: int
    seed: int

    @property
    def words(self) -> str:
        """Equal for equal asks, for ever: computed ones are found by it."""
        return f"rows={self.rows} seed={self.seed} output={self.output}"


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """`route` is None when the deployment has it no more: then its version's example is out of reach."""

    seat: Seat
    segments: list[Segment]
    route: Route | None


def kept(tx: ReadTx, found: Prediction, asked: AttributionAsked) -> Attribution | None:
    """The newest one that was computed for the same ask."""
    return store.latest(tx, found.prediction, found.position, asked.words)


def needed(tx: ReadTx, found: Prediction) -> Needed:
    """Raises Unavailable when no node has the version loaded."""
    held = deployment_store.find(tx, found.deployment)
    routes = deployment_store.routes_of(tx, held.pk) if held is not None else ()
    return Needed(
        seat=rehearsals.seat_of(tx, found.manifest, found.version),
        segments=rehearsals.segments(tx, found.deployment, found.route),
        route=next((route for route in routes if route.manifest == found.manifest), None),
    )


def keep(tx: WriteTx, found: Prediction, asked: AttributionAsked, new: Attribution) -> None:
    store.add(tx, new, deployment=found.deployment, predicted_ms=found.at_ms, asked=asked.words)
