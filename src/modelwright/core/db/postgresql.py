"""PostgreSQL through psycopg 3: a session is one thread's connection. Needs the extra `postgres`."""

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors as pg

from modelwright.core.db.database import ThreadedDatabase
from modelwright.core.db.failures import DatabaseFailure, Duplicate, Retriable, TooBig, Unkeepable
from modelwright.core.db.tx import Cursor, ReadTx, WriteTx
from modelwright.core.errors import StorageFull, Unavailable

T = TypeVar("T")

_THREADS: Final = 16
_TRIES: Final = 8
_BACK_OFF_S: Final = 0.01


class PostgresDriver:
    name = "postgresql"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def execute(self, text: str, values: Any) -> Cursor:
        return self._connection.execute(text, values)

    def execute_many(self, text: str, rows: list[Any]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(text, rows)

    def number(self, cursor: Cursor) -> int:
        number: int = cursor.fetchone()[0]
        return number

    def translate(self, error: Exception) -> Exception:
        return translated(error)


def translated(error: Exception) -> Exception:
    """Our error for psycopg's."""
    if isinstance(error, pg.UniqueViolation):
        return Duplicate(error.diag.constraint_name or "a unique key")
    if isinstance(error, pg.NumericValueOutOfRange):
        return TooBig()
    if isinstance(error, pg.UntranslatableCharacter) or (isinstance(error, psycopg.DataError) and "NUL" in str(error)):
        return Unkeepable()
    if isinstance(error, pg.DeadlockDetected | pg.SerializationFailure):
        return Retriable("two transactions met")
    if isinstance(error, pg.DiskFull):
        return StorageFull("the disk of the database is full; reads go on, writes need free space")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable("the database does not answer; try again")
    return DatabaseFailure(f"PostgreSQL: {error}")


class Session:
    """One thread's connection, opened again after it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection[Any] | None = None

    def read(self, fn: Callable[[ReadTx], T]) -> T:
        connection = self._open()
        try:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            result = fn(ReadTx(PostgresDriver(connection)))
            connection.execute("COMMIT")
        except BaseException as error:
            self._give_up(connection)
            if isinstance(error, psycopg.Error):
                raise translated(error) from error
            raise
        return result

    def write(self, fn: Callable[[WriteTx], T]) -> T:
        for again in range(_TRIES):
            try:
                return self._write_once(fn)
            except Retriable:
                time.sleep(_BACK_OFF_S * 2**again)
        raise Unavailable("other transactions kept getting in the way; try again")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _write_once(self, fn: Callable[[WriteTx], T]) -> T:
        connection = self._open()
        try:
            connection.execute("BEGIN")
            result = fn(WriteTx(PostgresDriver(connection)))
            connection.execute("COMMIT")
        except BaseException as error:
            self._give_up(connection)
            if isinstance(error, psycopg.Error):
                raise translated(error) from error
            raise
        return result

    def _open(self) -> "psycopg.Connection[Any]":
        if self._connection is None or self._connection.closed:
            try:
                self._connection = psycopg.connect(self._url, autocommit=True, application_name="modelwright")
            except psycopg.Error as error:
                raise translated(error) from error
        return self._connection

    def _give_up(self, connection: "psycopg.Connection[Any]") -> None:
        """Roll back; a connection that cannot is closed, and the next call opens a new one."""
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error:
            connection.close()


def open_postgresql(url: str) -> ThreadedDatabase:
    """`url` is libpq's: postgresql://user@host:5432/name."""
    return ThreadedDatabase("postgresql", lambda: Session(url), threads=_THREADS)
