"""Find runs: which of them, in which order, one page at a time."""

import itertools
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from modelwright.core.db.clauses import argument
from modelwright.core.db.keyset import merged
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Field, Term
from modelwright.tracking.store.search import run_sql
from modelwright.tracking.store.search.planning import as_they_come, plan
from modelwright.tracking.store.search.reading import Reading
from modelwright.tracking.store.search.run_conditions import CLOSED
from modelwright.tracking.store.search.run_query import RunQuery
from modelwright.tracking.store.search.shapes import term_shape

_FACTS: Final = 4
"""How many facts of a metric `run_sql.groups` tells."""


class Found(NamedTuple):
    """`runs` are (pk, revision) in order. `position` is where the next page begins; None if this is the last one."""

    runs: list[tuple[int, int]]
    position: list[Any] | None


class GroupMetric(NamedTuple):
    """The latest values of a metric on the runs of a group, NaN left out."""

    key: str
    runs: int
    least: float
    greatest: float
    mean: float


class Group(NamedTuple):
    """Runs that share a value; `value` is None for those that have none. `metrics` are those that some of them have."""

    value: str | None
    runs: int
    metrics: list[GroupMetric]


class Groups(NamedTuple):
    """The largest groups, and how many groups and runs there are in all."""

    groups: list[Group]
    total: int
    runs: int


class _Stream(NamedTuple):
    """One experiment and lifecycle: what one statement can read in order."""

    experiment: int
    lifecycle: str


def levels(query: RunQuery) -> tuple[type, ...]:
    """The types of the values in a position of this query."""
    return tuple(kind for kind, _ in run_sql.levels(query.by_tag().term_shapes))


def find(tx: ReadTx, query: RunQuery, *, limit: int, position: Sequence[Any] | None = None) -> Found:
    """The next `limit` runs after `position`, or the first ones.

    Pages stay in place: whatever comes or goes meanwhile, a run that stays as it is appears on exactly one of them.
    """
    query = query.by_tag()
    rows: list[tuple[Any, ...]] = []
    streams = _streams(query)
    for stream in streams:
        rows += Reading(tx, query, _params(tx, query, stream), limit + 1, position).rows()
    if len(streams) > 1:
        directions = {level: down for level, (_, down) in enumerate(run_sql.levels(query.term_shapes))}
        merged(rows, directions, first=2)
    more = list(rows[limit - 1][2:]) if len(rows) > limit else None
    return Found([(row[0], row[1]) for row in rows[:limit]], more)


def count(tx: ReadTx, query: RunQuery) -> int:
    """How many runs the query finds in all."""
    query = query.by_tag()
    total = 0
    for stream in _streams(query):
        params = _params(tx, query, stream)
        how = plan(tx, as_they_come(query.clauses), params)
        total += tx.value(run_sql.count(how), **params)
    return total


def group(tx: ReadTx, query: RunQuery, by: Field, *, metrics: Sequence[str], limit: int) -> Groups:
    """The runs of the query's one experiment and lifecycle by a param, a tag or an attribute of text."""
    query = query.by_tag()
    (stream,) = _streams(query)
    params = _params(tx, query, stream)
    how = plan(tx, as_they_come(query.clauses), params)
    shape = term_shape(Term(by, descending=False), CLOSED)
    keys = list(dict.fromkeys(metrics))
    asked = {f"metric{number}": key for number, key in enumerate(keys)}
    rows = tx.all(run_sql.groups(how, shape, len(keys)), group=by.key, rows=limit, **asked, **params)
    total, in_all = rows[0][2:4] if rows else (0, 0)
    return Groups([_group(row, keys) for row in rows], total, in_all)


def _group(row: tuple[Any, ...], keys: Sequence[str]) -> Group:
    value, size, _, _, *facts = row
    measured = (
        GroupMetric(key, *facts[at : at + _FACTS]) for key, at in zip(keys, itertools.count(0, _FACTS), strict=False)
    )
    return Group(value, size, [metric for metric in measured if metric.runs])


def _streams(query: RunQuery) -> list[_Stream]:
    experiments = dict.fromkeys(query.experiments)
    return [_Stream(one, lifecycle) for one in experiments for lifecycle in query.lifecycles]


def _params(tx: ReadTx, query: RunQuery, stream: _Stream) -> dict[str, Any]:
    params: dict[str, Any] = {"experiment": stream.experiment, "lifecycle": stream.lifecycle}
    for number, clause in enumerate(query.clauses):
        params[f"key{number}"] = clause.field.key
        params[f"value{number}"] = argument(clause, tx.database)
    for number, term in enumerate(query.terms):
        params[f"term{number}"] = term.field.key
    return params
