"""A search in SQL finds what a plain look at all runs finds, in the same order, on both databases."""

import functools
import os
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.core import pages
from modelwright.core.db.database import Database
from modelwright.core.search import parse_filter, parse_order
from modelwright.tracking.search import RUNS
from modelwright.tracking.store.search import planning, reading
from modelwright.tracking.store.search.run_query import RunQuery
from modelwright.tracking.store.search.runs import count, find, levels
from tests.tracking.store.search import naive
from tests.tracking.store.search.naive import Run
from tests.tracking.store.search.populating import populate

# Few values, so that runs share them; with letters that have cases in and beyond ASCII, and with wildcards.
TEXTS = ["", "a", "A", "ab", "É", "é", "a%", "a_", "[a]*?", "0.1", "ΣΑΣ", "x" * 130 + "a", "x" * 130 + "b", "日本"]
PATTERNS = ["%", "a%", "%A", "_", "__", "é", "%é%", "a_", "[a]%", "σας", "%Σ", "x%b", "", "%%", "日_"]
NUMBERS = [0.0, -1.5, 1.0, 2.5, 1e300, -1.7976931348623157e308, float("nan")]
KEYS = ["k", "K", "a b"]

EXAMPLES = int(os.environ.get("SEARCH_EXAMPLES", "25"))
"""A statement of a new shape takes milliseconds to compile, and nearly every random query is one."""

texts = st.sampled_from(TEXTS)
times = st.integers(min_value=0, max_value=4)
contexts = st.none() | st.sampled_from(["train", "test"])


@st.composite
def runs(draw: st.DrawFn) -> list[Run]:
    return [draw(run(pk)) for pk in range(1, draw(st.integers(0, 12)) + 1)]


@st.composite
def run(draw: st.DrawFn, pk: int) -> Run:
    name = draw(texts)
    datasets = draw(st.lists(st.tuples(texts, st.sampled_from(["d1", "d2"]), contexts), max_size=2))
    return Run(
        pk=pk,
        id=f"{(pk * 7919) % 97:032x}",
        experiment=draw(st.sampled_from([1, 1, 1, 2, 3])),
        name=name,
        status=draw(st.sampled_from(["RUNNING", "FINISHED"])),
        user_id=draw(texts),
        lifecycle=draw(st.sampled_from(["active", "active", "deleted"])),
        start_time=draw(times),
        end_time=draw(st.none() | times),
        artifact_uri=draw(texts),
        metrics=draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(NUMBERS))),
        params=draw(st.dictionaries(st.sampled_from(KEYS), texts)),
        tags={**draw(st.dictionaries(st.sampled_from(KEYS), texts)), "mlflow.runName": name},
        datasets=list({(name, digest): (name, digest, context) for name, digest, context in datasets}.values()),
    )


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


keys = st.sampled_from([f"`{key}`" for key in KEYS])
numbers = st.sampled_from(["0", "1", "-1.5", "2.5", "1e300", "0.5"])
comparisons = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
asked_texts = st.one_of(
    st.tuples(st.sampled_from(["=", "!="]), texts.map(quoted)),
    st.tuples(st.sampled_from(["LIKE", "ILIKE"]), st.sampled_from(PATTERNS).map(quoted)),
).map(" ".join)
asked_lists = st.tuples(
    st.sampled_from(["IN", "NOT IN"]),
    st.lists(texts, min_size=1, max_size=3).map(lambda x: f"({', '.join(map(quoted, x))})"),
).map(" ".join)
presence = st.sampled_from(["IS NULL", "IS NOT NULL"])
run_ids = st.lists(st.integers(1, 12), min_size=1, max_size=3).map(
    lambda pks: ", ".join(quoted(f"{(pk * 7919) % 97:032x}") for pk in pks)
)

clauses = st.one_of(
    st.builds("metrics.{} {} {}".format, keys, comparisons, numbers),
    st.builds("{}.{} {}".format, st.sampled_from(["params", "tags"]), keys, asked_texts | presence),
    st.builds("{} {}".format, st.sampled_from(["run_name", "user_id", "status", "artifact_uri"]), asked_texts),
    st.builds(
        "{} {} {}".format, st.sampled_from(["start_time", "end_time"]), comparisons, st.sampled_from(["2", "1.5"])
    ),
    st.builds("run_id {} ({})".format, st.sampled_from(["IN", "NOT IN"]), run_ids),
    st.builds("dataset.{} {}".format, st.sampled_from(["name", "digest"]), asked_texts | asked_lists),
    st.builds("dataset.context {}".format, st.sampled_from(["= 'train'", "!= 'train'", "LIKE 't%'", "IN ('test')"])),
)
fields = st.one_of(
    st.builds("{}.{}".format, st.sampled_from(["metrics", "params", "tags"]), keys),
    st.sampled_from(["run_id", "run_name", "status", "start_time", "end_time", "user_id", "artifact_uri"]),
)
orders = st.lists(st.tuples(fields, st.sampled_from(["ASC", "DESC"])), max_size=3, unique_by=lambda term: term[0]).map(
    lambda terms: [" ".join(term) for term in terms]
)


@st.composite
def queries(draw: st.DrawFn) -> RunQuery:
    return RunQuery(
        experiments=tuple(draw(st.sampled_from([[1], [1, 2], [3, 1, 2], [9], []]))),
        clauses=parse_filter(RUNS, " AND ".join(draw(st.lists(clauses, max_size=3)))),
        terms=parse_order(RUNS, draw(orders)),
        lifecycles=draw(st.sampled_from([("active",), ("deleted",), ("active", "deleted")])),
    )


def expected(kept: Sequence[Run], query: RunQuery) -> list[tuple[int, int]]:
    found = naive.search(
        kept,
        experiments=query.experiments,
        lifecycles=query.lifecycles,
        clauses=query.clauses,
        terms=query.terms,
    )
    return [(one.pk, one.pk + 100) for one in found]


def all_pages(db: Database, query: RunQuery, size: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    position: list[Any] | None = None
    while True:
        page = db.read_now(functools.partial(find, query=query, limit=size, position=position))
        assert not set(found) & set(page.runs), "a page repeats runs of those before it, so paging might never end"
        found += page.runs
        if page.position is None:
            return found
        assert size == len(page.runs)
        position = pages.position(pages.page_token(b"query", page.position), b"query", levels(query))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kept=runs(),
    asked=st.lists(queries(), min_size=2, max_size=4),
    size=st.sampled_from([1, 2, 5, 15]),
    window=st.sampled_from([1, 3, 1000]),
    few=st.sampled_from([0, 3, 2000]),
    small=st.sampled_from([0, 4, 2000]),
    scant=st.sampled_from([0, 2, 50]),
)
def test_a_search_finds_what_a_plain_look_finds(
    db: Database, kept: list[Run], asked: list[RunQuery], size: int, window: int, few: int, small: int, scant: int
) -> None:
    """On random runs, any query in pages of any size gives the same runs in the same order, and the same count.

    That holds wherever one draws the lines between the ways to read, which a dozen runs would never cross.
    """
    populate(db, kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_WINDOW", window)
        patch.setattr(reading, "_SCANT", scant)
        patch.setattr(planning, "_FEW", few)
        patch.setattr(planning, "_SMALL", small)
        for query in asked:
            assert expected(kept, query) == all_pages(db, query, size)
            assert len(expected(kept, query)) == db.read_now(functools.partial(count, query=query))


@pytest.mark.parametrize(
    ("clause", "order"),
    [
        ("dataset.name != 'b' AND tags.k = 'v'", []),
        ("params.k = 'v'", []),
        ("params.k = 'v'", ["metrics.m ASC"]),
        ("run_name LIKE '%'", ["metrics.m DESC"]),
    ],
)
def test_paging_goes_on_among_more_runs_of_equal_rank_than_are_tried_one_by_one(
    db: Database, monkeypatch: pytest.MonkeyPatch, clause: str, order: list[str]
) -> None:
    """The value behind the candidates that are tried first is then the position's own value."""
    monkeypatch.setattr(reading, "_WINDOW", 1)
    monkeypatch.setattr(reading, "_SCANT", 2)
    monkeypatch.setattr(planning, "_FEW", 0)
    monkeypatch.setattr(planning, "_SMALL", 4)
    kept = [equal_run(pk, is_wanted=pk % 3 != 0) for pk in range(1, 25)]
    query = RunQuery(
        experiments=(1,),
        clauses=parse_filter(RUNS, clause),
        terms=parse_order(RUNS, order),
        lifecycles=("active",),
    )

    populate(db, kept)

    assert expected(kept, query) == all_pages(db, query, 1)


def equal_run(pk: int, *, is_wanted: bool) -> Run:
    """A run that no order but that of the ids tells from its like."""
    return Run(
        pk=pk,
        id=f"{pk:032x}",
        experiment=1,
        name="a",
        status="FINISHED",
        user_id="a",
        lifecycle="active",
        start_time=0,
        end_time=None,
        artifact_uri="",
        metrics={"m": 1.0},
        params={"k": "v" if is_wanted else "w"},
        tags={"k": "v" if is_wanted else "w", "mlflow.runName": "a"},
        datasets=[("d", "d1", None)],
    )
