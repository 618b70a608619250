"""Runs by how their name or id begins."""

import pytest

from modelwright.core.db.database import Database
from modelwright.tracking.store import finding
from tests.tracking.making import new_run


@pytest.mark.parametrize(("words", "number"), [("run-1", 3), ("RUN-1", 3), ("run-12", 1), ("un-1", 0), ("", 4)])
def test_a_name_is_found_by_its_beginning_in_any_case(db: Database, words: str, number: int) -> None:
    """In the order of the names, on both databases."""
    for name in ("run-12", "Run-11", "run-1", "run-2"):
        new_run(db, 0, **{"mlflow.runName": name})
    found = [name for _, name, _ in db.read_now(lambda tx: finding.runs_named(tx, words, limit=10))]

    assert number == len(found)
    assert sorted(found, key=str.lower) == found


def test_an_id_is_found_by_its_beginning(db: Database) -> None:
    ids = sorted(new_run(db) for _ in range(20))
    start = ids[7][:6]
    found = db.read_now(lambda tx: finding.runs_numbered(tx, start, limit=30))

    assert [one for one in ids if one.startswith(start)] == [row[0] for row in found]


def test_no_more_than_asked_for_are_found(db: Database) -> None:
    for _ in range(5):
        new_run(db, 0, **{"mlflow.runName": "same"})

    assert 2 == len(db.read_now(lambda tx: finding.runs_named(tx, "same", limit=2)))
