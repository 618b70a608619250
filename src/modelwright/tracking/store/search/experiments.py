"""Find experiments."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy.sql import ColumnElement

from modelwright.core.db.clauses import ByCodePoint, compare
from modelwright.core.db.keyset import Key, after_params
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Term
from modelwright.tracking.store.search.shapes import ClauseShape, TermShape, clause_shape, term_shape
from modelwright.tracking.store.search.small import Rows, has_key, page, params_of, statement
from modelwright.tracking.store.tables import experiment_tags, experiments

_CLOSED: Final = frozenset({"attribute"})
_ATTRIBUTES: Final[dict[str, tuple[ColumnElement[Any], type]]] = {
    "name": (experiments.c.name, str),
    "experiment_id": (experiments.c.id, int),
    "creation_time": (experiments.c.created_ms, int),
    "last_update_time": (experiments.c.updated_ms, int),
}
_BY_RULE: Final = (TermShape("attribute", "creation_time", descending=True), TermShape("attribute", "experiment_id"))


def find(
    tx: ReadTx,
    clauses: Sequence[Clause],
    terms: Sequence[Term],
    *,
    lifecycles: Sequence[str],
    limit: int,
    position: Sequence[Any] | None = None,
) -> Rows:
    """Ids of experiments: latest created first, unless `terms` say otherwise, among whose equals the highest id is."""
    shapes = tuple(clause_shape(clause, _CLOSED) for clause in clauses)
    sql = _statement(shapes, _order(terms), resumed=position is not None)
    return page(
        tx, sql, {"lifecycles": list(lifecycles), **params_of(tx, clauses), **after_params(position or ())}, limit
    )


def levels(terms: Sequence[Term]) -> tuple[type, ...]:
    """The types of the values in a position."""
    return tuple(key.kind for key in _keys(_order(terms)))


def _order(terms: Sequence[Term]) -> tuple[TermShape, ...]:
    if not terms:
        return _BY_RULE
    given = tuple(term_shape(term, _CLOSED) for term in terms)
    if any(term.name == "experiment_id" for term in given):
        return given
    return (*given, TermShape("attribute", "experiment_id", descending=True))


@lru_cache(maxsize=256)
def _statement(clauses: tuple[ClauseShape, ...], terms: tuple[TermShape, ...], *, resumed: bool) -> Sql:
    conditions = [in_list(experiments.c.lifecycle, "lifecycles")]
    conditions += [_condition(clause, number) for number, clause in enumerate(clauses)]
    return statement(experiments, experiments.c.id, conditions, _keys(terms), resumed=resumed)


def _condition(clause: ClauseShape, number: int) -> ColumnElement[bool]:
    if clause.domain == "attribute":
        return compare(_ATTRIBUTES[clause.name][0], clause.operator, f"value{number}")
    return has_key(experiment_tags, experiment_tags.c.experiment_id == experiments.c.id, clause, number)


def _keys(terms: tuple[TermShape, ...]) -> list[Key]:
    keys = []
    for term in terms:
        column, kind = _ATTRIBUTES[term.name]
        keys.append(Key(ByCodePoint(column) if kind is str else column, kind, term.descending))
    return keys
