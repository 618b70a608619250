"""A file shrinks when much in it was deleted, and keeps what rows remain."""

from pathlib import Path

from sqlalchemy import bindparam, delete, func, select

from modelwright.core.auth import SYSTEM
from modelwright.core.db.open import open_database
from modelwright.core.db.space import shrink, spare_pages
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import WriteTx
from modelwright.core.events import Event, events, record

REMOVE = Sql(delete(events).where(events.c.id % 10 != bindparam("kept")))
COUNT = Sql(select(func.count()).select_from(events))


class Padded(Event, frozen=True, tag="test.space.padded"):
    SUBJECT = "space"

    text: str


def test_a_file_gives_back_what_deleted_rows_leave_free(tmp_path: Path) -> None:
    """But for a reserve; every row that was kept is there."""
    path = tmp_path / "space.db"
    db = open_database(f"sqlite:///{path}")

    def fill(tx: WriteTx) -> None:
        for _ in range(8000):
            record(tx, SYSTEM, Padded(text="x" * 3000))

    db.write_now(fill)
    before = db.read_now(spare_pages)
    db.write_now(lambda tx: tx.run(REMOVE, kept=0))
    between = db.read_now(spare_pages)
    while shrink(db):
        pass
    left = db.read_now(spare_pages), db.read_now(lambda tx: tx.value(COUNT))
    db.close()

    assert 0 == before
    assert between > 4000
    assert (0, 800) == left
    assert path.stat().st_size < 10_000_000
