"""Giving the room of deleted rows back to the file system. PostgreSQL does that by itself."""

from typing import Final

from sqlalchemy import text

from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx

_FREE = Sql(text("PRAGMA freelist_count"))
_PAGES = Sql(text("PRAGMA page_count"))
_SHRINK = Sql(text("PRAGMA incremental_vacuum(1)"))

_KEPT_PAGES: Final = 1024
_KEPT_SHARE: Final = 16
_AT_ONCE_PAGES: Final = 256


def spare_pages(tx: ReadTx) -> int:
    """How many free pages of a SQLite file are more than it should keep for the rows to come."""
    if tx.database != "sqlite":
        return 0
    free, pages = int(tx.value(_FREE)), int(tx.value(_PAGES))
    return max(0, free - max(_KEPT_PAGES, pages // _KEPT_SHARE))


def shrink(db: Database) -> bool:
    """Give back some of the spare pages, so few that other writers hardly wait. False when there are none."""
    spare = min(db.read_now(spare_pages), _AT_ONCE_PAGES)
    if spare:
        db.write_now(lambda tx: _give_back(tx, spare))
    return spare > 0


def _give_back(tx: WriteTx, pages: int) -> None:
    for _ in range(pages):
        # The driver takes one step of a statement without columns, and that is one page, whatever number it names.
        tx.all(_SHRINK)
