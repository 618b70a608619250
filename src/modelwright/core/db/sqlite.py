"""SQLite's connection: WAL, every commit on the disk before it is acknowledged."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from modelwright.core.db.clauses import FOLD, fold
from modelwright.core.db.failures import DatabaseFailure, Duplicate, Retriable, TooBig
from modelwright.core.db.tx import Cursor
from modelwright.core.errors import StorageFull

# What the file is told, by the one connection that writes: a reader that asked would fail when the disk is full.
_OF_THE_FILE: Final = (
    "PRAGMA auto_vacuum=INCREMENTAL",  # of a new file: what rows leave free can be given back (see `core.db.space`)
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
_OF_THE_CONNECTION: Final = (
    "PRAGMA busy_timeout=10000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",  # 16 MB a connection, and only what is used of it
    "PRAGMA mmap_size=1073741824",
)
_DISK_FULL: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_IOERR_TRUNCATE,
        sqlite3.SQLITE_IOERR_SHMSIZE,
    }
)
_UNIQUE: Final = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
_PRIMARY_CODE: Final = 0xFF


class SqliteDriver:
    """One connection, in autocommit: transactions are opened and closed in words."""

    name = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error, OverflowError)
    execute: Callable[[str, Any], Cursor]

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._connection: Final = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in (*_OF_THE_CONNECTION, *(("PRAGMA query_only=ON",) if read_only else _OF_THE_FILE)):
            self._connection.execute(pragma)
        self._connection.create_function(FOLD, 1, fold, deterministic=True)
        self.execute = self._connection.execute

    @property
    def changes(self) -> int:
        """How many rows have been changed since the connection was opened."""
        return self._connection.total_changes

    @property
    def in_transaction(self) -> bool:
        """False after SQLite has rolled back by itself, as it does when the disk is full."""
        return self._connection.in_transaction

    def say(self, text: str) -> None:
        """Run one of our own words: BEGIN, SAVEPOINT, COMMIT, ... Raises our errors."""
        try:
            self._connection.execute(text)
        except sqlite3.Error as error:
            raise self.translate(error) from error

    def execute_many(self, text: str, rows: list[Any]) -> None:
        self._connection.executemany(text, rows)

    def number(self, cursor: sqlite3.Cursor) -> int:
        assert cursor.lastrowid is not None  # noqa: S101 - there is one after every INSERT
        return cursor.lastrowid

    def close(self) -> None:
        self._connection.close()

    def translate(self, error: Exception) -> Exception:
        if isinstance(error, OverflowError):
            return TooBig()
        code = getattr(error, "sqlite_errorcode", 0)
        if code in _UNIQUE:
            return Duplicate(str(error))
        if code in _DISK_FULL:
            return StorageFull("the disk that holds the database is full; reads go on, writes need free space")
        if code & _PRIMARY_CODE in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Retriable("the database file is busy")
        return DatabaseFailure(f"SQLite: {error}")
