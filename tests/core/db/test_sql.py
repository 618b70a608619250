"""Statements: compiled once, right on both databases."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, insert, select

from modelwright.core.db.database import Database
from modelwright.core.db.failures import Duplicate
from modelwright.core.db.sql import NewRow, Sql, in_list
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput
from modelwright.core.jobs import jobs

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NEW = insert(jobs).values(
    kind=bindparam("kind"),
    key=bindparam("key"),
    payload="",
    state="waiting",
    attempts=0,
    run_after_ms=bindparam("after"),
    lease_until_ms=0,
    created_ms=0,
    updated_ms=0,
)
WRITE = Sql(NEW)
ADD = NewRow(NEW, jobs.c.id)
KEY = Sql(select(jobs.c.key).where(jobs.c.id == bindparam("id")))
CLEAR = Sql(delete(jobs))
KEYS = Sql(select(jobs.c.key).where(in_list(jobs.c.key, "wanted")).order_by(jobs.c.id))
BY_NUMBER = Sql(select(jobs.c.key).where(in_list(jobs.c.run_after_ms, "wanted")).order_by(jobs.c.id))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(keys=st.lists(TEXT, unique=True, max_size=8), wanted=st.lists(TEXT, max_size=8))
def test_a_list_is_one_parameter(db: Database, keys: list[str], wanted: list[str]) -> None:
    """`in_list` finds exactly what Python's `in` does, for any text and for an empty list."""
    wanted = [*wanted, *keys[::2]]

    rows = [{"kind": "k", "key": key, "after": 1} for key in keys]
    db.write_now(lambda tx: tx.run(CLEAR))
    db.write_now(lambda tx: tx.run_many(WRITE, rows))

    assert [key for key in keys if key in wanted] == db.read_now(lambda tx: [k for (k,) in tx.all(KEYS, wanted=wanted)])


def test_a_list_of_numbers_takes_the_largest_and_none(db: Database) -> None:
    """Numbers of 64 bits go in; an empty list finds nothing."""
    big = 2**63 - 1
    db.write_now(lambda tx: tx.run(WRITE, kind="k", key="big", after=big))

    assert ["big"] == db.read_now(lambda tx: [key for (key,) in tx.all(BY_NUMBER, wanted=[1, big])])
    assert [] == db.read_now(lambda tx: tx.all(BY_NUMBER, wanted=[]))


def test_a_new_row_tells_its_number(db: Database) -> None:
    """The number is the row's, and a row that is refused has none."""

    def add_all(tx: WriteTx) -> list[int]:
        return [tx.add(ADD, kind="k", key=key, after=1) for key in "abc"]

    numbers = db.write_now(add_all)

    assert list("abc") == db.read_now(lambda tx: [tx.value(KEY, id=number) for number in numbers])
    with pytest.raises(Duplicate):
        db.write_now(lambda tx: tx.add(ADD, kind="k", key="a", after=1))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**25])
def test_a_number_beyond_64_bits_is_the_callers_mistake(db: Database, number: int) -> None:
    """It comes from an address or a query, and must not look like a failure of the server."""
    with pytest.raises(BadInput, match="64 bits"):
        db.write_now(lambda tx: tx.run(WRITE, kind="k", key="a", after=number))
    with pytest.raises(BadInput, match="64 bits"):
        db.write_now(lambda tx: tx.run_many(WRITE, [{"kind": "k", "key": "a", "after": number}]))

    assert [] == db.read_now(lambda tx: tx.all(KEYS, wanted=["a"]))


def test_a_taken_key_is_a_duplicate_on_both_databases(db: Database) -> None:
    """A store can tell a taken name from every other failure."""
    db.write_now(lambda tx: tx.run(WRITE, kind="k", key="a", after=1))

    with pytest.raises(Duplicate):
        db.write_now(lambda tx: tx.run(WRITE, kind="k", key="a", after=1))


def test_a_missing_value_is_a_programming_error(db: Database) -> None:
    """A statement never runs with a value that nobody gave."""
    with pytest.raises(KeyError, match="after"):
        db.write_now(lambda tx: tx.run(WRITE, kind="k", key="a"))
