"""Transactions: what a store's functions take. Reading and writing are different types.

`ReadTx` sees one snapshot. `WriteTx` fits wherever a `ReadTx` is asked for. Nobody who holds one commits: that is
done where it was opened (`Database.read`, `Database.write`).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from modelwright.core.db.sql import NewRow, Sql

T = TypeVar("T")


class Cursor(Protocol):
    """The part of DB-API 2.0 that we use."""

    @property
    def rowcount(self) -> int: ...
    @property
    def description(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def fetchone(self) -> Any: ...


class Driver(Protocol):
    """The only things that SQLite and PostgreSQL do differently for a transaction."""

    name: str
    errors: tuple[type[Exception], ...]

    def execute(self, text: str, values: Any) -> Cursor: ...
    def execute_many(self, text: str, rows: list[Any]) -> None: ...
    def number(self, cursor: Any) -> int:
        """That of the row which a `NewRow` has just put in."""

    def translate(self, error: Exception) -> Exception:
        """Our error for the driver's; see `core.db.failures`."""


class ReadTx:
    """One snapshot of the database."""

    __slots__ = ("_driver",)

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    @property
    def database(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._driver.name

    def all(self, sql: Sql, /, **params: Any) -> list[tuple[Any, ...]]:
        return self._execute(sql, params).fetchall()

    def one(self, sql: Sql, /, **params: Any) -> tuple[Any, ...] | None:
        """The first row; None when there is none."""
        row: tuple[Any, ...] | None = self._execute(sql, params).fetchone()
        return row

    def value(self, sql: Sql, /, **params: Any) -> Any:
        """The first column of the first row; None when there is no row."""
        row = self._execute(sql, params).fetchone()
        return None if row is None else row[0]

    def structs(self, type_: type[T], sql: Sql, /, **params: Any) -> list[T]:
        """Every row as a `type_`, whose fields are named like the columns; 0 and 1 become booleans."""
        cursor = self._execute(sql, params)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        return msgspec.convert(rows, list[type_], strict=False)  # type: ignore[valid-type]  # T is known at run time

    def struct(self, type_: type[T], sql: Sql, /, **params: Any) -> T | None:
        """The first row as a `type_`; None when there is none."""
        cursor = self._execute(sql, params)
        row = cursor.fetchone()
        if row is None:
            return None
        names = (column[0] for column in cursor.description)
        return msgspec.convert(dict(zip(names, row, strict=True)), type_, strict=False)

    def _execute(self, sql: Sql, params: Mapping[str, Any]) -> Cursor:
        driver = self._driver
        compiled = sql.on(driver.name)
        try:
            return driver.execute(compiled.text, compiled.values(params))
        except driver.errors as error:
            raise driver.translate(error) from error


class WriteTx(ReadTx):
    """A snapshot that may be changed; everything in it holds together or not at all."""

    __slots__ = ()

    def run(self, sql: Sql, /, **params: Any) -> int:
        """The number of rows that the statement touched."""
        return self._execute(sql, params).rowcount

    def add(self, sql: NewRow, /, **params: Any) -> int:
        """The number of the new row."""
        return self._driver.number(self._execute(sql, params))

    def run_many(self, sql: Sql, rows: Iterable[Mapping[str, Any]], /) -> None:
        driver = self._driver
        compiled = sql.on(driver.name)
        try:
            driver.execute_many(compiled.text, [compiled.values(row) for row in rows])
        except driver.errors as error:
            raise driver.translate(error) from error
