"""Searching experiments, logged models and datasets, page by page."""

from collections.abc import Sequence
from typing import Final

import msgspec

from modelwright.core import limits
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput
from modelwright.core.pages import fingerprint, page_token, position
from modelwright.core.search import CLAUSES_LIMIT, Clause, Field, Literal, Term, Values, parse_filter, parse_order
from modelwright.tracking.model.experiments import Experiment
from modelwright.tracking.model.logged_models import LoggedModel
from modelwright.tracking.search import EXPERIMENTS, LOGGED_MODELS
from modelwright.tracking.service.run_search import lifecycles_of
from modelwright.tracking.store import experiments as experiment_store
from modelwright.tracking.store import logged_models as model_store
from modelwright.tracking.store.search import datasets as dataset_search
from modelwright.tracking.store.search import experiments as experiment_search
from modelwright.tracking.store.search import logged_models as model_search
from modelwright.tracking.store.search.datasets import DatasetSummary
from modelwright.tracking.store.search.logged_models import ModelQuery, ModelTerm, OnDataset

DATASET_SUMMARIES: Final = 1000
"""As MLflow: what a page offers to choose from."""

_STATUSES: Final = {
    number: status for status, *names in (("PENDING", "1"), ("READY", "2"), ("FAILED", "3")) for number in names
} | {"LOGGED_MODEL_PENDING": "PENDING", "LOGGED_MODEL_READY": "READY", "LOGGED_MODEL_UPLOAD_FAILED": "FAILED"}
"""MLflow compares its own numbers, and its wire has long names: all of them find what they mean."""


class ModelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`field` is an attribute, or `metrics.` and a key as it is; a dataset narrows what is looked at of a metric."""

    field: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class ModelSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for; `datasets` are (name, digest or None)."""

    experiments: tuple[int, ...]
    filter_: str = ""
    datasets: tuple[tuple[str, str | None], ...] = ()
    order_by: tuple[ModelOrder, ...] = ()


def search_experiments(
    tx: ReadTx,
    *,
    filter_: str = "",
    order_by: Sequence[str] = (),
    view: str = "active",
    limit: int = 1000,
    token: str | None = None,
) -> tuple[list[Experiment], str | None]:
    """Experiments, latest first unless `order_by` says otherwise, and a token when there are more.

    Raises BadInput for a view, limit or token that cannot be, and QueryError for a filter or term.
    """
    _check(limit, limits.PAGE_EXPERIMENTS)
    clauses, terms = parse_filter(EXPERIMENTS, filter_), parse_order(EXPERIMENTS, order_by)
    mark = fingerprint("experiments", filter_, list(order_by), view)
    begin = position(token, mark, experiment_search.levels(terms)) if token else None
    lifecycles = lifecycles_of(view)
    found = experiment_search.find(tx, clauses, terms, lifecycles=lifecycles, limit=limit, position=begin)
    more = None if found.position is None else page_token(mark, found.position)
    return experiment_store.get_many(tx, found.numbers), more


def search_logged_models(
    tx: ReadTx, search: ModelSearch, *, limit: int = 100, token: str | None = None
) -> tuple[list[LoggedModel], str | None]:
    """Logged models that are not deleted, latest first unless the search says otherwise. Raises as above."""
    _check(limit, limits.PAGE_LOGGED_MODELS)
    query = ModelQuery(
        experiments=tuple(one for one in search.experiments if 0 <= one <= limits.INT64_MAX),
        clauses=tuple(map(_with_status, parse_filter(LOGGED_MODELS, search.filter_))),
        datasets=tuple(OnDataset(name, digest) for name, digest in search.datasets),
        terms=tuple(_model_term(order) for order in search.order_by),
    )
    _check_order([one.term.field for one in query.terms])
    mark = fingerprint("logged_models", *msgspec.structs.astuple(search))
    begin = position(token, mark, model_search.levels(query)) if token else None
    found = model_search.find(tx, query, limit=limit, position=begin)
    models = model_store.load(tx, found.numbers)
    more = None if found.position is None else page_token(mark, found.position)
    return [models[number] for number in found.numbers if number in models], more


def search_datasets(tx: ReadTx, experiments: Sequence[int]) -> list[DatasetSummary]:
    """Up to `DATASET_SUMMARIES` of what the runs of these experiments took in."""
    asked = [one for one in experiments if 0 <= one <= limits.INT64_MAX]
    return dataset_search.summaries(tx, asked, limit=DATASET_SUMMARIES)


def _check(limit: int, most: int) -> None:
    if not 1 <= limit <= most:
        raise BadInput(f"a page of {limit}; it has 1 to {most}", limit=limit)


def _model_term(order: ModelOrder) -> ModelTerm:
    """Raises BadInput."""
    prefix, dot, key = order.field.partition(".")
    if not dot:
        (term,) = parse_order(LOGGED_MODELS, [order.field])
        field = term.field
    elif prefix == "metrics" and key:
        field = Field("metric", key, Values.REAL)
    else:
        raise BadInput(f"order by {order.field!r}; one orders by an attribute or metrics.<key>", field=order.field)
    name, digest = order.dataset_name or None, order.dataset_digest or None
    on = OnDataset(name, digest) if name or digest else None
    return ModelTerm(Term(field, descending=not order.ascending), on if field.domain == "metric" else None)


def _check_order(fields: Sequence[Field]) -> None:
    """Raises BadInput for more than can be, or the same attribute twice."""
    if len(fields) > CLAUSES_LIMIT:
        raise BadInput(f"{len(fields)} terms to order by; at most {CLAUSES_LIMIT} can be", limit=CLAUSES_LIMIT)
    for field in fields:
        if field.domain == "attribute" and fields.count(field) > 1:
            raise BadInput(f"{field.key} is there twice; order by a field once", field=field.key)


def _with_status(clause: Clause) -> Clause:
    if clause.field.domain != "attribute" or clause.field.key != "status":
        return clause
    literal: Literal = clause.literal
    if isinstance(literal, str):
        literal = _STATUSES.get(literal, literal)
    elif isinstance(literal, tuple):
        literal = tuple(_STATUSES.get(str(one), str(one)) for one in literal)
    return msgspec.structs.replace(clause, literal=literal)
