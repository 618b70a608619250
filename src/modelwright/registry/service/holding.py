"""What stands in the way of deleting a version, and what a version itself holds on to."""

from collections.abc import Sequence
from typing import Final

from modelwright.artifacts import service as artifacts
from modelwright.core.auth import Actor
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import Conflict
from modelwright.lineage import service as lineage
from modelwright.lineage.model import Relation
from modelwright.registry.model.things import Version
from modelwright.registry.service.neighbours import Neighbours

_SHOWN: Final = 5
_FACTS: Final = 100


def held(tx: ReadTx, version: Version, neighbours: Neighbours) -> list[str]:
    """What is live and relies on the version, as references: its aliases, its copies, what rooms above name."""
    aliases = [f"models/{version.model}/aliases/{alias}" for alias in version.aliases]
    edges = lineage.referrers(tx, version.reference, limit=_FACTS)
    copies = [edge.source for edge in edges if edge.relation is Relation.COPY_OF]
    above = [name for each in neighbours.holders for name in each.holds(tx, version.model, version.number)]
    return [*aliases, *copies, *above]


def refusal(what: str, held_by: Sequence[str]) -> Conflict:
    """The error for deleting `what`."""
    more = f" and {len(held_by) - _SHOWN} more" if len(held_by) > _SHOWN else ""
    return Conflict(
        f"{what} cannot be deleted: {', '.join(held_by[:_SHOWN])}{more} relies on it. Take that away first, or force "
        "the deletion (header X-Modelwright-Force: true, or force=true)",
        held_by=list(held_by[:_FACTS]),
    )


def let_go(tx: WriteTx, actor: Actor, version: Version) -> None:
    """Have a version that is about to go rely on nothing any more."""
    if version.owner is not None:
        artifacts.release(tx, actor, version.reference)
    lineage.unlink(tx, version.reference)
