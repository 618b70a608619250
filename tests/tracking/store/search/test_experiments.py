"""Experiments are found as a plain look at all of them finds them, on both databases."""

import functools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx
from modelwright.core.search import Clause, Term, parse_filter, parse_order
from modelwright.tracking.search import EXPERIMENTS
from modelwright.tracking.store import tables
from modelwright.tracking.store.search import experiments as search
from tests.tracking.store.search.naive import fits
from tests.tracking.store.search.populating import insert, populate
from tests.tracking.store.search.test_logged_models import all_pages
from tests.tracking.store.search.test_runs import EXAMPLES, PATTERNS, TEXTS, quoted

Kept = dict[str, Any]
"""An experiment by the names that a search knows; its tags beside them."""

texts = st.sampled_from(TEXTS)
kept_tags = st.dictionaries(st.sampled_from(["k", "a b"]), texts)
small = st.integers(0, 3)
asked = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["=", "!="]), texts.map(quoted)),
    st.builds("{} {}".format, st.sampled_from(["LIKE", "ILIKE"]), st.sampled_from(PATTERNS).map(quoted)),
)
clauses = st.one_of(
    st.builds("name {}".format, asked),
    st.builds(
        "tags.`{}` {}".format, st.sampled_from(["k", "a b"]), asked | st.sampled_from(["IS NULL", "IS NOT NULL"])
    ),
    st.builds("experiment_id {}".format, st.sampled_from(["= '2'", "!= '2'", "IN ('1', '3')", "NOT IN ('1')"])),
    st.builds("{} > {}".format, st.sampled_from(["creation_time", "last_update_time"]), st.sampled_from(["1", "1.5"])),
)
orders = st.lists(
    st.sampled_from(["name", "name DESC", "creation_time DESC", "last_update_time", "experiment_id DESC"]),
    max_size=3,
    unique_by=lambda term: term.partition(" ")[0],
)


@st.composite
def experiments(draw: st.DrawFn) -> list[Kept]:
    names = draw(st.lists(texts, unique=True, max_size=7))
    return [
        {
            "experiment_id": number,
            "name": name,
            "creation_time": draw(small),
            "last_update_time": draw(small),
            "lifecycle": draw(st.sampled_from(["active", "deleted"])),
            "tags": draw(kept_tags),
        }
        for number, name in enumerate(names, start=1)
    ]


def values(one: Kept, clause: Clause) -> list[Any]:
    kept = one["tags"] if clause.field.domain == "tag" else one
    return [kept[clause.field.key]] if clause.field.key in kept else []


def compare(a: Kept, b: Kept, terms: tuple[Term, ...]) -> int:
    for term in terms:
        x, y = a[term.field.key], b[term.field.key]
        if x != y:
            return -1 if (x > y) == term.descending else 1
    return 0


def expected(
    kept: list[Kept], clauses: tuple[Clause, ...], terms: tuple[Term, ...], lifecycles: list[str]
) -> list[int]:
    by_rule = parse_order(EXPERIMENTS, ["experiment_id DESC"] if terms else ["creation_time DESC", "experiment_id"])
    order = functools.cmp_to_key(functools.partial(compare, terms=(*terms, *by_rule)))
    fitting = [one for one in kept if all(fits(clause, values(one, clause)) for clause in clauses)]
    return [one["experiment_id"] for one in sorted(fitting, key=order) if one["lifecycle"] in lifecycles]


def fill(db: Database, kept: list[Kept]) -> None:
    def write(tx: WriteTx) -> None:
        for one in kept:
            times = {"created_ms": one["creation_time"], "updated_ms": one["last_update_time"]}
            row = {"id": one["experiment_id"], "name": one["name"], "lifecycle": one["lifecycle"], **times}
            insert(tx, tables.experiments, [{**row, "artifact_location": ""}])
            tags = [{"experiment_id": one["experiment_id"], "key": k, "value": v} for k, v in one["tags"].items()]
            insert(tx, tables.experiment_tags, tags)

    db.write_now(write)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kept=experiments(),
    text=st.lists(clauses, max_size=3).map(" AND ".join),
    order=orders,
    view=st.sampled_from([["active"], ["deleted"], ["active", "deleted"]]),
    size=st.sampled_from([1, 2, 10]),
)
def test_experiments_are_found_as_by_a_plain_look(
    db: Database, kept: list[Kept], text: str, order: list[str], view: list[str], size: int
) -> None:
    """On random experiments, any query in pages of any size gives the same ones in the same order."""
    populate(db, [], experiments=[])
    fill(db, kept)
    query, terms = parse_filter(EXPERIMENTS, text), parse_order(EXPERIMENTS, order)
    find = functools.partial(search.find, clauses=query, terms=terms, lifecycles=view)

    assert expected(kept, query, terms, view) == all_pages(db, find, search.levels(terms), size)
