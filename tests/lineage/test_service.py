"""Edges between things, on both databases."""

import pytest

from modelwright.core.db.database import Database
from modelwright.lineage import service
from modelwright.lineage.model import Edge, Relation


def link(db: Database, source: str, target: str, relation: Relation = Relation.COPY_OF) -> None:
    db.write_now(lambda tx: service.link(tx, source, relation, target))


def ends(edges: list[Edge]) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in edges]


def around(db: Database, reference: str, depth: int) -> set[tuple[str, str]]:
    return set(ends(db.read_now(lambda tx: service.around(tx, reference, depth=depth))))


def test_edge_is_found_from_both_ends(db: Database) -> None:
    """What something refers to, and what refers to it."""
    link(db, "models/a/versions/1", "runs/1", Relation.TRAINED_BY)

    (edge,) = db.read_now(lambda tx: service.refers_to(tx, "models/a/versions/1"))
    assert (Relation.TRAINED_BY, "runs/1") == (edge.relation, edge.target)
    assert [edge] == db.read_now(lambda tx: service.referrers(tx, "runs/1"))
    assert edge.at_ms > 0


def test_edge_is_there_once(db: Database) -> None:
    """Linking again changes nothing, not even since when it is so."""
    link(db, "a", "b")
    (first,) = db.read_now(lambda tx: service.refers_to(tx, "a"))
    link(db, "a", "b")

    assert [first] == db.read_now(lambda tx: service.refers_to(tx, "a"))


def test_what_is_gone_refers_to_nothing(db: Database) -> None:
    """What still refers to it can be asked for."""
    link(db, "a", "b")
    link(db, "c", "a")
    db.write_now(lambda tx: service.unlink(tx, "a"))

    assert [] == db.read_now(lambda tx: service.refers_to(tx, "a"))
    assert [("c", "a")] == ends(db.read_now(lambda tx: service.referrers(tx, "a")))


def test_no_more_referrers_than_asked_for(db: Database) -> None:
    """The oldest come first."""
    for index in range(5):
        link(db, f"s{index}", "t")

    assert 3 == len(db.read_now(lambda tx: service.referrers(tx, "t", limit=3)))


@pytest.mark.parametrize("neighbour", ["models/fraud2", "models/fraud-2/versions/1", "models/frau", "models/fraud0"])
def test_rename_takes_what_is_below_and_nothing_beside(db: Database, neighbour: str) -> None:
    """A name that only begins alike is another name."""
    link(db, "models/fraud", "x")
    link(db, "models/fraud/versions/1", "models/fraud/versions/2")
    link(db, neighbour, "models/fraud/versions/2")
    db.write_now(lambda tx: service.renamed(tx, "models/fraud", "models/Betrug mit Karten"))

    assert {
        ("models/Betrug mit Karten", "x"),
        ("models/Betrug mit Karten/versions/1", "models/Betrug mit Karten/versions/2"),
        (neighbour, "models/Betrug mit Karten/versions/2"),
    } == around(db, "x", 1) | around(db, "models/Betrug mit Karten/versions/2", 1)


def test_everything_around_a_thing_is_found_step_by_step(db: Database) -> None:
    """In both directions, and circles end."""
    for source, target in (("a", "b"), ("b", "c"), ("c", "d"), ("x", "b"), ("d", "a")):
        link(db, source, target)

    assert {("a", "b"), ("b", "c"), ("x", "b")} == around(db, "b", 1)
    assert {("a", "b"), ("b", "c"), ("x", "b"), ("c", "d"), ("d", "a")} == around(db, "b", 2) == around(db, "b", 5)
    assert set() == around(db, "nowhere", 3)


def test_a_crowd_is_cut_off(db: Database) -> None:
    """The answer stays small enough to draw."""
    for index in range(service.EDGES + 5):
        link(db, f"s{index}", "hub")

    assert service.EDGES == len(around(db, "hub", 3))
