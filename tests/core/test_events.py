"""The log of events, read by those who ask again and again for what is new."""

from sqlalchemy import bindparam, insert

from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.events import events, events_following, last_event_id

_COLUMNS = ("id", "at_ms", "actor", "name", "subject", "facts")
_INSERT = Sql(insert(events).values({name: bindparam(name) for name in _COLUMNS}))


def happened(db: Database, number: int, *, ago_ms: int = 0) -> None:
    """An event with this id, as if its transaction had only now come to its end."""
    values = {"at_ms": now_ms() - ago_ms, "actor": "ann", "name": "x", "subject": "x", "facts": "{}"}
    db.write_now(lambda tx: tx.run(_INSERT, id=number, **values))


def following(db: Database, after: int) -> list[int]:
    return [event.id for event in db.read_now(lambda tx: events_following(tx, after_id=after, limit=100))]


def test_an_event_waits_for_those_with_lower_numbers(db: Database) -> None:
    """On PostgreSQL a later transaction may end first; who went on behind its event would never see the other."""
    happened(db, 1)
    happened(db, 3)
    first, last = following(db, 0), db.read_now(last_event_id)
    happened(db, 2)

    assert ([1], 1) == (first, last)
    assert [2, 3] == following(db, last)
    assert 3 == db.read_now(last_event_id)


def test_a_number_that_stays_missing_holds_nobody_up(db: Database) -> None:
    """It was given to a transaction that was rolled back."""
    happened(db, 7, ago_ms=60_000)
    happened(db, 9, ago_ms=60_000)

    assert [7, 9] == following(db, 0)
    assert 9 == db.read_now(last_event_id)


def test_there_is_nothing_before_the_first_event(db: Database) -> None:
    """Not even on a database that is new."""
    assert (0, []) == (db.read_now(last_event_id), following(db, 0))
