"""Find runs: which of them, in which order, one page at a time."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from modelwright.core.db.clauses import argument
from modelwright.core.db.keyset import after_params, merged
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Operator, Term
from modelwright.tracking.store.search import run_sql
from modelwright.tracking.store.search.planning import plan
from modelwright.tracking.store.search.run_conditions import CLOSED, KEYED
from modelwright.tracking.store.search.run_sql import Phase, Shape
from modelwright.tracking.store.search.shapes import ClauseShape, How, TermShape, term_shape


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of `experiments` that are in one of `lifecycles` and satisfy all `clauses`, in the order of `terms`.

    Behind the terms, runs are ordered by start, latest first, and then by id.
    """

    experiments: tuple[int, ...]
    clauses: tuple[Clause, ...] = ()
    terms: tuple[Term, ...] = ()
    lifecycles: tuple[str, ...] = ("active",)


class Found(NamedTuple):
    """`runs` are (pk, revision) in order. `position` is where the next page begins; None if this is the last one."""

    runs: list[tuple[int, int]]
    position: list[Any] | None


class _Stream(NamedTuple):
    """One experiment and lifecycle: what one statement can read in order."""

    experiment: int
    lifecycle: str


def levels(query: RunQuery) -> tuple[type, ...]:
    """The types of the values in a position of this query."""
    return tuple(kind for kind, _ in run_sql.levels(_term_shapes(query)))


def find(tx: ReadTx, query: RunQuery, *, limit: int, position: Sequence[Any] | None = None) -> Found:
    """The next `limit` runs after `position`, or the first ones.

    Pages stay in place: whatever comes or goes meanwhile, a run that stays as it is appears on exactly one of them.
    """
    rows: list[tuple[Any, ...]] = []
    streams = _streams(query)
    for stream in streams:
        rows += _stream_rows(tx, query, stream, limit + 1, position)
    if len(streams) > 1:
        directions = {level: down for level, (_, down) in enumerate(run_sql.levels(_term_shapes(query)))}
        merged(rows, directions, first=2)
    more = list(rows[limit - 1][2:]) if len(rows) > limit else None
    return Found([(row[0], row[1]) for row in rows[:limit]], more)


def count(tx: ReadTx, query: RunQuery) -> int:
    """How many runs the query finds in all."""
    total = 0
    for stream in _streams(query):
        params = _params(tx, query, stream)
        how = plan(tx, query.clauses, params, stops_early=False)
        total += tx.value(run_sql.count(how), **params)
    return total


def _streams(query: RunQuery) -> list[_Stream]:
    experiments = dict.fromkeys(query.experiments)
    return [_Stream(one, lifecycle) for one in experiments for lifecycle in query.lifecycles]


def _stream_rows(
    tx: ReadTx, query: RunQuery, stream: _Stream, rows: int, position: Sequence[Any] | None
) -> list[tuple[Any, ...]]:
    params = _params(tx, query, stream)
    terms = _term_shapes(query)
    how = plan(tx, query.clauses, params, stops_early=_stops_early(terms))
    found: list[tuple[Any, ...]] = []
    for phase in _phases(query, how, position):
        # The position lies in the first phase that is asked; the later ones begin at their beginning.
        resumed = position is not None and (phase is None or phase == position[0])
        place = after_params(position) if position is not None and resumed else {}
        shape = Shape(_for_phase(query, how, phase), terms, phase, resumed=resumed)
        found += tx.all(run_sql.page(shape), rows=rows - len(found), **params, **place)
        if len(found) == rows:
            break
    return found


def _phases(query: RunQuery, how: tuple[ClauseShape, ...], position: Sequence[Any] | None) -> Iterator[Phase | None]:
    """The phases that may hold runs, from the position on; [None] when there are none."""
    first = query.terms[0].field if query.terms else None
    if first is None or first.domain not in KEYED or any(clause.how is How.DRIVE for clause in how):
        yield None
        return
    begin = position[0] if position is not None else Phase.VALUES
    operators = [clause.operator for clause in query.clauses if clause.field == first]
    phases = Phase if first.domain == "metric" else (Phase.VALUES, Phase.MISSING)
    for phase in phases:
        if phase >= begin and all(_possible(operator, phase) for operator in operators):
            yield phase


def _possible(operator: Operator, phase: Phase) -> bool:
    """Whether a clause about the key that orders can hold in this phase."""
    if phase is Phase.MISSING:
        return operator is Operator.IS_NULL
    if phase is Phase.NAN:
        return operator is Operator.UNEQUAL
    return operator is not Operator.IS_NULL


def _for_phase(query: RunQuery, how: tuple[ClauseShape, ...], phase: Phase | None) -> tuple[ClauseShape, ...]:
    """In a phase, what is asked about the key that orders stands in the row that the order is read from."""
    if phase is None:
        return how
    first = query.terms[0].field
    return tuple(
        shape._replace(how=How.FOLDED) if clause.field == first else shape
        for clause, shape in zip(query.clauses, how, strict=True)
    )


def _stops_early(terms: tuple[TermShape, ...]) -> bool:
    """Whether the runs can be read in their order, so that a page ends the reading."""
    return not terms or terms[0].domain in KEYED or terms[0].name == "start_time"


def _params(tx: ReadTx, query: RunQuery, stream: _Stream) -> dict[str, Any]:
    params: dict[str, Any] = {"experiment": stream.experiment, "lifecycle": stream.lifecycle}
    for number, clause in enumerate(query.clauses):
        params[f"key{number}"] = clause.field.key
        params[f"value{number}"] = argument(clause, tx.database)
    for number, term in enumerate(query.terms):
        params[f"term{number}"] = term.field.key
    return params


def _term_shapes(query: RunQuery) -> tuple[TermShape, ...]:
    return tuple(term_shape(term, CLOSED) for term in query.terms)
