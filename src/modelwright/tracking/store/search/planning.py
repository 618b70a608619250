"""Choose how SQLite decides each clause, by how many runs satisfy it; PostgreSQL chooses by itself.

A clause that few runs satisfy is where to begin. If there is none, the order is walked, and the sets that are worth
it are collected first: the small ones, or all if none is small, since it may be that they hardly meet.

Figures were measured with 20,000 runs on the two-core box: counting an entry of an index takes 0.06 microseconds,
collecting it into a set 0.2, looking into that set 0.3, looking up what a run has 0.8, and beginning with a run 3.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Operator
from modelwright.tracking.store.search.run_conditions import CLOSED, KEYED, is_set
from modelwright.tracking.store.search.run_sql import sizes
from modelwright.tracking.store.search.shapes import ClauseShape, How, clause_shape

_FEW: Final = 1_000
"""Up to so many runs, beginning with them is cheaper than passing by all others."""

_SMALL: Final = 4_000
"""Up to so many runs, collecting them is cheaper than looking each candidate up that comes by."""

_NAMING: Final = {Operator.EQUAL, Operator.IN}


def as_they_come(clauses: Sequence[Clause]) -> tuple[ClauseShape, ...]:
    """Look each clause up for each candidate, but begin with runs that are named by their ids."""
    shapes = [clause_shape(clause, CLOSED) for clause in clauses]
    for number, shape in enumerate(shapes):
        if shape.name == "run_id" and shape.operator in _NAMING:
            return _driven(shapes, number)
    return tuple(shapes)


def needs_plan(shapes: Sequence[ClauseShape]) -> bool:
    """Whether there is anything to choose."""
    return not is_driven(shapes) and any(map(is_set, shapes))


def is_driven(shapes: Sequence[ClauseShape]) -> bool:
    return any(shape.how is How.DRIVE for shape in shapes)


def driven_by_few(
    tx: ReadTx, shapes: Sequence[ClauseShape], params: Mapping[str, Any], few: int
) -> tuple[ClauseShape, ...] | None:
    """The shapes, beginning with the clause that leaves fewest runs, if these are less than `few`."""
    size = _sizes(tx, shapes, params, few)
    number = min(size, key=size.__getitem__, default=None)
    return _driven(list(shapes), number) if number is not None and size[number] < few else None


def plan(tx: ReadTx, shapes: Sequence[ClauseShape], params: Mapping[str, Any]) -> tuple[ClauseShape, ...]:
    """How to decide each clause, when it pays to find out."""
    if tx.database != "sqlite" or not needs_plan(shapes):
        return tuple(shapes)
    size = _sizes(tx, shapes, params, _SMALL)
    number = min(size, key=size.__getitem__, default=None)
    if number is not None and size[number] < _FEW:
        return _driven(list(shapes), number)
    collect_all = not any(one < _SMALL for one in size.values())
    return tuple(
        shape._replace(how=How.MEMBER) if is_set(shape) and (collect_all or size.get(n, 0) < _SMALL) else shape
        for n, shape in enumerate(shapes)
    )


def _sizes(tx: ReadTx, shapes: Sequence[ClauseShape], params: Mapping[str, Any], enough: int) -> dict[int, int]:
    """How many runs satisfy each clause that one can begin with, counted up to `enough`."""
    counted = tuple((number, shape) for number, shape in enumerate(shapes) if _can_drive(shape))
    if not counted:
        return {}
    found = tx.one(sizes(counted), enough=enough, **params) or ()
    return dict(zip((number for number, _ in counted), found, strict=True))


def _driven(shapes: list[ClauseShape], number: int) -> tuple[ClauseShape, ...]:
    shapes[number] = shapes[number]._replace(how=How.DRIVE)
    return tuple(shapes)


def _can_drive(shape: ClauseShape) -> bool:
    """A pattern is not counted: that would take as long as to collect what matches it."""
    return shape.domain in KEYED and shape.operator is not Operator.IS_NULL and not shape.operator.takes_pattern
