"""Logged models and experiments are found as a plain look at all of them finds them, on both databases."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.core import pages
from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx
from modelwright.core.search import Clause, Field, Term, Values, parse_filter, parse_order
from modelwright.tracking.search import LOGGED_MODELS
from modelwright.tracking.store import tables
from modelwright.tracking.store.search import logged_models as model_search
from modelwright.tracking.store.search.logged_models import ModelQuery, ModelTerm, OnDataset
from modelwright.tracking.store.search.small import Rows
from tests.tracking.store.search.naive import NOTHING, fits, rank
from tests.tracking.store.search.populating import insert, populate
from tests.tracking.store.search.test_runs import EXAMPLES, PATTERNS, TEXTS, quoted

texts = st.sampled_from(TEXTS)
keys = st.sampled_from(["k", "a b"])
small = st.integers(0, 3)


class Measured(msgspec.Struct, frozen=True):
    """One value of a metric of a model."""

    key: str
    run_id: str
    dataset: tuple[str, str]
    step: int
    ms: int
    value: float


class Model(msgspec.Struct, frozen=True, kw_only=True):
    pk: int
    id: str
    experiment: int
    lifecycle: str
    attributes: dict[str, Any]
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[Measured]


@st.composite
def models(draw: st.DrawFn) -> list[Model]:
    return [draw(model(pk)) for pk in range(1, draw(st.integers(0, 8)) + 1)]


@st.composite
def model(draw: st.DrawFn, pk: int) -> Model:
    measured = st.builds(
        Measured,
        keys,
        st.sampled_from(["r1", "r2"]),
        st.sampled_from([("", ""), ("d", "1"), ("d", "2"), ("e", "1")]),
        small,
        small,
        st.sampled_from([0.0, 1.5, -2.0, math.nan]),
    )
    metrics = draw(st.lists(measured, max_size=4, unique_by=lambda one: (one.key, one.run_id, one.dataset)))
    return Model(
        pk=pk,
        id=f"m-{(pk * 37) % 11}",
        experiment=draw(st.sampled_from([1, 1, 2])),
        lifecycle=draw(st.sampled_from(["active", "active", "deleted"])),
        attributes={
            "name": draw(texts),
            "model_type": draw(st.sampled_from(["", "agent"])),
            "status": draw(st.sampled_from(["PENDING", "READY"])),
            "source_run_id": draw(st.sampled_from(["", "r1"])),
            "creation_timestamp": draw(small),
            "last_updated_timestamp": draw(small),
        },
        params=draw(st.dictionaries(keys, texts)),
        tags=draw(st.dictionaries(keys, texts)),
        metrics=metrics,
    )


asked = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["=", "!="]), texts.map(quoted)),
    st.builds("{} {}".format, st.sampled_from(["LIKE", "ILIKE"]), st.sampled_from(PATTERNS).map(quoted)),
    st.builds("{} ({}, 'a')".format, st.sampled_from(["IN", "NOT IN"]), texts.map(quoted)),
)
ordered = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
clauses = st.one_of(
    st.builds("metrics.`{}` {} {}".format, keys, ordered, st.sampled_from(["0", "1.5", "1"])),
    st.builds("{}.`{}` {}".format, st.sampled_from(["params", "tags"]), keys, asked),
    st.builds("{} {}".format, st.sampled_from(["name", "status", "model_id"]), asked),
    st.builds("{} {}".format, st.sampled_from(["model_type", "source_run_id"]), st.sampled_from(["!= 'r1'", "= ''"])),
    st.builds("creation_timestamp {} {}".format, ordered, st.sampled_from(["1", "1.5"])),
)
on = st.none() | st.builds(OnDataset, st.sampled_from(["d", "e"]), st.sampled_from([None, "1"]))
on |= st.just(OnDataset(None, "1"))
terms = st.one_of(
    st.builds(
        lambda key, down, dataset: ModelTerm(Term(Field("metric", key, Values.REAL), descending=down), dataset),
        keys,
        st.booleans(),
        on,
    ),
    st.builds(
        lambda text: ModelTerm(parse_order(LOGGED_MODELS, [text])[0]),
        st.sampled_from(["name DESC", "creation_timestamp", "model_id DESC", "model_type", "source_run_id DESC"]),
    ),
)


@st.composite
def queries(draw: st.DrawFn) -> ModelQuery:
    return ModelQuery(
        experiments=draw(st.sampled_from([(1,), (1, 2), (), (7,)])),
        clauses=parse_filter(LOGGED_MODELS, " AND ".join(draw(st.lists(clauses, max_size=2)))),
        datasets=tuple(filter(None, draw(st.lists(on, max_size=2)))),
        terms=tuple(draw(st.lists(terms, max_size=2, unique_by=lambda one: one.term.field.key))),
    )


def is_on(measured: Measured, dataset: OnDataset) -> bool:
    return dataset.name in (None, measured.dataset[0]) and dataset.digest in (None, measured.dataset[1])


def values(one: Model, clause: Clause, query: ModelQuery) -> list[Any]:
    domain, key = clause.field.domain, clause.field.key
    if domain == "metric":
        seen = (m for m in one.metrics if not query.datasets or any(is_on(m, d) for d in query.datasets))
        return [m.value for m in seen if m.key == key]
    if domain == "attribute":
        return [one.id if key == "model_id" else one.attributes[key]]
    kept = one.params if domain == "param" else one.tags
    return [kept[key]] if key in kept else []


def matches(one: Model, query: ModelQuery) -> bool:
    measured = any(clause.field.domain == "metric" for clause in query.clauses)
    if query.datasets and not measured and not any(is_on(m, d) for m in one.metrics for d in query.datasets):
        return False
    here = one.lifecycle == "active" and one.experiment in query.experiments
    return here and all(fits(clause, values(one, clause, query)) for clause in query.clauses)


def value_for(one: Model, term: ModelTerm) -> Any:
    key = term.term.field.key
    if term.term.field.domain == "attribute":
        return one.id if key == "model_id" else one.attributes[key]
    seen = [m for m in one.metrics if m.key == key and (term.dataset is None or is_on(m, term.dataset))]
    seen.sort(key=lambda m: (-m.ms, -m.step, m.run_id, m.dataset))
    return seen[0].value if seen else NOTHING


def compare(a: Model, b: Model, order: Sequence[ModelTerm]) -> int:
    for term in order:
        x, y = value_for(a, term), value_for(b, term)
        if rank(x) != rank(y):
            return rank(x) - rank(y)
        if not rank(x) and x != y:
            return -1 if (x > y) == term.term.descending else 1
    return 0


def expected(kept: list[Model], query: ModelQuery) -> list[int]:
    by_rule = [ModelTerm(parse_order(LOGGED_MODELS, [text])[0]) for text in ("creation_timestamp DESC", "model_id")]
    order = functools.cmp_to_key(functools.partial(compare, order=[*query.terms, *by_rule]))
    return [one.pk for one in sorted((one for one in kept if matches(one, query)), key=order)]


def fill(db: Database, kept: list[Model]) -> None:
    def write(tx: WriteTx) -> None:
        for one in kept:
            insert(tx, tables.logged_models, [row(one)])
            for table, values in ((tables.logged_model_params, one.params), (tables.logged_model_tags, one.tags)):
                insert(tx, table, [{"model_pk": one.pk, "key": k, "value": v} for k, v in values.items()])
            insert(tx, tables.logged_model_metrics, [metric(one.pk, m) for m in one.metrics])

    db.write_now(write)


def row(one: Model) -> dict[str, Any]:
    kept = {name: one.attributes[name] for name in ("name", "model_type", "status", "source_run_id")}
    times = {
        "created_ms": one.attributes["creation_timestamp"],
        "updated_ms": one.attributes["last_updated_timestamp"],
    }
    place = {"pk": one.pk, "id": one.id, "experiment_id": one.experiment, "artifact_location": ""}
    return {**place, **kept, **times, "lifecycle": one.lifecycle}


def metric(pk: int, m: Measured) -> dict[str, Any]:
    is_nan = math.isnan(m.value)
    return {
        "model_pk": pk,
        "key": m.key,
        "run_id": m.run_id,
        "dataset_name": m.dataset[0],
        "dataset_digest": m.dataset[1],
        "step": m.step,
        "ms": m.ms,
        "value": 0.0 if is_nan else m.value,
        "is_nan": int(is_nan),
    }


def all_pages(db: Database, find: Callable[..., Rows], kinds: tuple[type, ...], size: int) -> list[int]:
    found: list[int] = []
    position: list[Any] | None = None
    while True:
        page = db.read_now(functools.partial(find, limit=size, position=position))
        found += page.numbers
        if page.position is None:
            return found
        position = pages.position(pages.page_token(b"query", page.position), b"query", kinds)


RANDOM = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@RANDOM
@given(kept=models(), asked=st.lists(queries(), min_size=2, max_size=4), size=st.sampled_from([1, 3, 10]))
def test_logged_models_are_found_as_by_a_plain_look(
    db: Database, kept: list[Model], asked: list[ModelQuery], size: int
) -> None:
    """On random models, any query in pages of any size gives the same models in the same order."""
    populate(db, [])
    fill(db, kept)
    for query in asked:
        find = functools.partial(model_search.find, query=query)
        assert expected(kept, query) == all_pages(db, find, model_search.levels(query), size)
