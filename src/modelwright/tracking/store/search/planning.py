"""Choose how SQLite decides each clause, by how many runs satisfy it.

Figures below were measured with 20,000 runs on the two-core box. PostgreSQL keeps statistics and plans by itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Operator
from modelwright.tracking.store.search.run_conditions import CLOSED, KEYED
from modelwright.tracking.store.search.run_sql import sizes
from modelwright.tracking.store.search.shapes import ClauseShape, How, clause_shape

ENOUGH: Final = 10_000
"""Sets are counted up to here, at 0.06 microseconds a run; a clause that leaves more is looked up run by run."""

_FEW: Final = 8
"""Beginning with a clause pays when it leaves less than one run in so many: each of those is looked up and sorted at
3 microseconds, while walking along the order passes the others by at 0.3."""

_NAMING: Final = {Operator.EQUAL, Operator.IN}


def plan(
    tx: ReadTx, clauses: Sequence[Clause], params: Mapping[str, Any], *, stops_early: bool
) -> tuple[ClauseShape, ...]:
    """The shape of each clause, with how to decide it.

    `stops_early` says that a page ends the reading, so that a clause which most runs satisfy need be looked up for a
    few only.
    """
    shapes = [clause_shape(clause, CLOSED) for clause in clauses]
    if tx.database != "sqlite":
        return tuple(shapes)
    for number, shape in enumerate(shapes):
        if shape.name == "run_id" and shape.operator in _NAMING:
            return _driven(shapes, number)
    numbers = [number for number, shape in enumerate(shapes) if shape.domain != "attribute"]
    if not numbers:
        return tuple(shapes)
    asked = tuple((number, shapes[number]) for number in numbers)
    everyone, *counted = tx.one(sizes(asked), enough=ENOUGH, **params) or ()
    size = dict(zip(numbers, counted, strict=True))
    smallest = min((number for number in numbers if _can_drive(shapes[number])), key=size.__getitem__, default=None)
    if smallest is not None and size[smallest] * _FEW < everyone:
        return _driven(shapes, smallest)
    for number in numbers:
        if _is_worth_collecting(shapes[number], size[number], everyone, stops_early=stops_early):
            shapes[number] = shapes[number]._replace(how=How.MEMBER)
    return tuple(shapes)


def _driven(shapes: list[ClauseShape], number: int) -> tuple[ClauseShape, ...]:
    shapes[number] = shapes[number]._replace(how=How.DRIVE)
    return tuple(shapes)


def _can_drive(shape: ClauseShape) -> bool:
    return shape.domain in KEYED and shape.operator is not Operator.IS_NULL


def _is_worth_collecting(shape: ClauseShape, size: int, everyone: int, *, stops_early: bool) -> bool:
    """Collecting costs 0.2 microseconds a run and looking up in it 0.3, where looking up what a run has costs 0.8."""
    if not stops_early or shape.operator is Operator.IS_NULL:
        return True
    return size < ENOUGH and (size * 2 <= everyone or everyone == ENOUGH)
