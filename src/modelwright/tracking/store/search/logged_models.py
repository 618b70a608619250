"""Find logged models.

A metric of a model can have been logged for several datasets and by several runs. A clause holds if one of its values
satisfies it; an order goes by the latest: by time, then step. Naming datasets narrows the values that both see. A model
that was given no type or run has an empty one, as with MLflow's server: it differs from every other, and sorts first.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Select, Text, and_, bindparam, cast, column, exists, func, literal_column, or_, select
from sqlalchemy.sql import ColumnElement
from sqlalchemy.types import BigInteger, Double

from modelwright.core.db.clauses import ByCodePoint, compare
from modelwright.core.db.keyset import Key, after_params
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Operator, Term
from modelwright.tracking.store.search.shapes import ClauseShape, TermShape, clause_shape, term_shape
from modelwright.tracking.store.search.small import Rows, has_key, page, params_of, statement
from modelwright.tracking.store.tables import (
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
)

_CLOSED: Final = frozenset({"attribute"})
_ATTRIBUTES: Final[dict[str, tuple[ColumnElement[Any], type]]] = {
    "name": (logged_models.c.name, str),
    "model_id": (logged_models.c.id, str),
    "model_type": (logged_models.c.model_type, str),
    "status": (logged_models.c.status, str),
    "source_run_id": (logged_models.c.source_run_id, str),
    "creation_timestamp": (logged_models.c.created_ms, int),
    "last_updated_timestamp": (logged_models.c.updated_ms, int),
}
_KEYED: Final = {"param": logged_model_params, "tag": logged_model_tags}
_MISSING: Final[ColumnElement[Any]] = literal_column("2")


class OnDataset(msgspec.Struct, frozen=True):
    """A dataset by name, by digest, or by both."""

    name: str | None
    digest: str | None = None


class ModelTerm(msgspec.Struct, frozen=True):
    """An attribute or metric to order by; of a metric, perhaps only what was measured on one dataset."""

    term: Term
    dataset: OnDataset | None = None


class ModelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Models of `experiments` that satisfy all `clauses`, and have a metric on one of `datasets` if any are named.

    Behind the terms, models are ordered by creation, latest first, and then by id.
    """

    experiments: tuple[int, ...]
    clauses: tuple[Clause, ...] = ()
    datasets: tuple[OnDataset, ...] = ()
    terms: tuple[ModelTerm, ...] = ()


class _OnShape(NamedTuple):
    """What of a dataset is asked for."""

    name: bool
    digest: bool


class _ModelTermShape(NamedTuple):
    term: TermShape
    on: _OnShape | None


class _Shape(NamedTuple):
    clauses: tuple[ClauseShape, ...]
    datasets: tuple[_OnShape, ...]
    """Of each dataset, whether its digest is named."""
    terms: tuple[_ModelTermShape, ...]
    resumed: bool


def find(tx: ReadTx, query: ModelQuery, *, limit: int, position: Sequence[Any] | None = None) -> Rows:
    """The pks of the next `limit` models after `position`, or of the first ones; deleted models are not found."""
    params = params_of(tx, query.clauses, [one.term for one in query.terms])
    params["experiments"] = list(query.experiments)
    for number, dataset in enumerate(query.datasets):
        params |= {f"dataset{number}": dataset.name, f"digest{number}": dataset.digest}
    for number, term in enumerate(query.terms):
        if term.dataset:
            params |= {f"on{number}": term.dataset.name, f"on_digest{number}": term.dataset.digest}
    sql = _statement(_shape(query, resumed=position is not None))
    return page(tx, sql, {**params, **after_params(position or ())}, limit)


def levels(query: ModelQuery) -> tuple[type, ...]:
    """The types of the values in a position of this query."""
    return tuple(key.kind for key in _keys(_shape(query, resumed=False).terms))


def _shape(query: ModelQuery, *, resumed: bool) -> _Shape:
    return _Shape(
        tuple(clause_shape(clause, _CLOSED) for clause in query.clauses),
        tuple(map(_on_shape, query.datasets)),
        tuple(
            _ModelTermShape(term_shape(one.term, _CLOSED), None if one.dataset is None else _on_shape(one.dataset))
            for one in query.terms
        ),
        resumed,
    )


def _on_shape(dataset: OnDataset) -> _OnShape:
    return _OnShape(dataset.name is not None, dataset.digest is not None)


@lru_cache(maxsize=512)
def _statement(shape: _Shape) -> Sql:
    conditions = [
        in_list(logged_models.c.experiment_id, "experiments"),
        logged_models.c.lifecycle == literal_column("'active'"),
        *(_condition(shape, number) for number in range(len(shape.clauses))),
    ]
    if shape.datasets and not any(clause.domain == "metric" for clause in shape.clauses):
        conditions.append(exists(_metrics(_on_datasets(shape))))
    # The order's values are looked up once, inside; pages and sorting are outside.
    looked_up: list[Any] = [logged_models.c[name] for name in ("pk", *_sorted_columns(shape.terms))]
    for number, term in enumerate(shape.terms):
        if term.term.domain == "metric":
            looked_up += [_latest(number, term, "is_nan"), _latest(number, term, "value")]
    inner = select(*looked_up).where(*conditions).subquery("found")
    return statement(inner, inner.c.pk, [], _keys(shape.terms), resumed=shape.resumed)


def _condition(shape: _Shape, number: int) -> ColumnElement[bool]:
    clause = shape.clauses[number]
    if clause.domain == "attribute":
        kept, _ = _ATTRIBUTES[clause.name]
        return compare(kept, clause.operator, f"value{number}")
    if clause.domain in _KEYED:
        table = _KEYED[clause.domain]
        return has_key(table, table.c.model_pk == logged_models.c.pk, clause, number)
    metrics = logged_model_metrics
    is_number = metrics.c.is_nan == literal_column("0")
    compared = compare(metrics.c.value, clause.operator, f"value{number}")
    asked = or_(~is_number, compared) if clause.operator is Operator.UNEQUAL else and_(is_number, compared)
    query = _metrics(metrics.c.key == bindparam(f"key{number}", type_=Text()), asked)
    return exists(query.where(_on_datasets(shape)) if shape.datasets else query)


def _metrics(*conditions: ColumnElement[bool]) -> Select[Any]:
    query: Select[Any] = select(literal_column("1")).select_from(logged_model_metrics)
    return query.where(logged_model_metrics.c.model_pk == logged_models.c.pk, *conditions)


def _on_datasets(shape: _Shape) -> ColumnElement[bool]:
    return or_(*(_on(each, f"dataset{number}", f"digest{number}") for number, each in enumerate(shape.datasets)))


def _on(shape: _OnShape, name: str, digest: str) -> ColumnElement[bool]:
    metrics = logged_model_metrics.c
    asked = ((shape.name, metrics.dataset_name, name), (shape.digest, metrics.dataset_digest, digest))
    return and_(*(kept == bindparam(given, type_=Text()) for is_asked, kept, given in asked if is_asked))


def _latest(number: int, shape: _ModelTermShape, name: str) -> ColumnElement[Any]:
    metrics = logged_model_metrics
    query = select(metrics.c[name]).where(
        metrics.c.model_pk == logged_models.c.pk, metrics.c.key == bindparam(f"term{number}", type_=Text())
    )
    if shape.on is not None:
        query = query.where(_on(shape.on, f"on{number}", f"on_digest{number}"))
    latest = query.order_by(
        metrics.c.ms.desc(),
        metrics.c.step.desc(),
        ByCodePoint(metrics.c.run_id),
        ByCodePoint(metrics.c.dataset_name),
        ByCodePoint(metrics.c.dataset_digest),
    )
    return latest.limit(literal_column("1")).scalar_subquery().label(f"{name}{number}")


def _sorted_columns(terms: tuple[_ModelTermShape, ...]) -> tuple[str, ...]:
    """The columns of a model that its order reads, each once."""
    named = [_ATTRIBUTES[one.term.name][0].name for one in terms if one.term.domain == "attribute"]
    return tuple(dict.fromkeys([*named, "created_ms", "id"]))


def _keys(terms: tuple[_ModelTermShape, ...]) -> list[Key]:
    keys: list[Key] = []
    for number, shape in enumerate(terms):
        term = shape.term
        if term.domain == "metric":
            rank = func.coalesce(column(f"is_nan{number}", BigInteger), _MISSING)
            value = func.coalesce(column(f"value{number}", Double), cast(literal_column("0"), Double))
            keys += [Key(rank, int), Key(value, float, term.descending)]
        else:
            keys.append(_attribute_key(term.name, descending=term.descending))
    named = {shape.term.name for shape in terms}
    if "creation_timestamp" not in named:
        keys.append(_attribute_key("creation_timestamp", descending=True))
    if "model_id" not in named:
        keys.append(_attribute_key("model_id"))
    return keys


def _attribute_key(name: str, *, descending: bool = False) -> Key:
    kept, kind = _ATTRIBUTES[name]
    found: ColumnElement[Any] = column(kept.name, kept.type)
    return Key(ByCodePoint(found) if kind is str else found, kind, descending)
