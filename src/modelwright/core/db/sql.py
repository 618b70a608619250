"""Statements: written once with SQLAlchemy Core, compiled once per database, run on the driver's own cursor.

Compiling takes a few hundred microseconds and running through SQLAlchemy's connection more than the statement itself
(measured on two cores, a run of 30 params over HTTP: 5,600 reads a second on the driver, 2,000 through SQLAlchemy).
So a statement is a module-level `Sql`, its text is kept, and values travel by name.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import Column, Text, bindparam
from sqlalchemy import Insert as InsertStatement
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ClauseElement, ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from modelwright.core.deferred import Deferred

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite
else:
    postgresql, sqlite = Deferred("sqlalchemy.dialects.postgresql"), Deferred("sqlalchemy.dialects.sqlite")

Insert = Callable[..., Any]
"""The database's own `insert(table)`, which knows `on_conflict_do_nothing` and `on_conflict_do_update`."""


class _Dialect(NamedTuple):
    compiler: Dialect
    insert: Insert


@cache
def _dialect(database: str) -> _Dialect:
    if database == "sqlite":
        return _Dialect(sqlite.dialect(paramstyle="qmark"), sqlite.insert)
    return _Dialect(postgresql.dialect(paramstyle="format"), postgresql.insert)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class Compiled:
    """A statement's text for one database, and how to lay out its values."""

    __slots__ = ("_has_lists", "_lay_out", "_preset", "text")

    def __init__(self, clause: ClauseElement, database: str) -> None:
        compiled = clause.compile(dialect=_dialect(database).compiler, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - statements only, never DDL
        self.text: Final = str(compiled)
        names = tuple(compiled.positiontup or ())
        self._lay_out: Final = itemgetter(*names) if len(names) > 1 else _few(names)
        self._preset: Final = {
            name: value for name, value in compiled.params.items() if not compiled.binds[name].required
        }
        # What `in_list` makes has no type; SQLite takes no arrays, and gets them as JSON.
        untyped = any(isinstance(compiled.binds[name].type, NullType) for name in names)
        self._has_lists: Final = database == "sqlite" and untyped

    def values(self, params: Mapping[str, Any]) -> Sequence[Any]:
        """The values in the order of the placeholders. Raises KeyError for one that is missing."""
        values: tuple[Any, ...] = self._lay_out({**self._preset, **params} if self._preset else params)
        if self._has_lists:
            return [msgspec.json.encode(v).decode() if type(v) is list else v for v in values]
        return values


def _few(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """`itemgetter`, which answers no tuple for fewer than two names."""
    return lambda params: tuple(params[name] for name in names)


class Sql:
    """One statement. `build` is a clause, or a function of the database's `insert` for upserts.

    >>> from sqlalchemy import Column, Table
    >>> from modelwright.core.db.schema import metadata
    >>> t = Table("doctest_sql", metadata, Column("a", Text))
    >>> Sql(lambda insert: insert(t).values(a=bindparam("a")).on_conflict_do_nothing()).on("sqlite").text
    'INSERT INTO doctest_sql (a) VALUES (?) ON CONFLICT DO NOTHING'
    """

    __slots__ = ("_build", "_compiled")

    def __init__(self, build: ClauseElement | Callable[[Insert], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, Compiled] = {}

    def on(self, database: str) -> Compiled:
        """The statement for `database`, "sqlite" or "postgresql"."""
        compiled = self._compiled.get(database)
        if compiled is None:
            compiled = self._compiled[database] = Compiled(self._clause(database), database)
        return compiled

    def _clause(self, database: str) -> ClauseElement:
        return self._build if isinstance(self._build, ClauseElement) else self._build(_dialect(database).insert)


class NewRow(Sql):
    """An INSERT of one row into a table that numbers its rows; `WriteTx.add` runs it and answers the number.

    PostgreSQL tells the number in RETURNING. SQLite's connection knows it anyway, and RETURNING takes as long there as
    all the rest of the statement (12 of 26 us for a run).
    """

    __slots__ = ("_telling",)

    def __init__(self, statement: InsertStatement, number: Column[int]) -> None:
        super().__init__(statement)
        self._telling = statement.returning(number)

    def _clause(self, database: str) -> ClauseElement:
        return super()._clause(database) if database == "sqlite" else self._telling


class InList(ColumnElement[bool]):
    """`column IN <list>`, where the list is one parameter, so that the statement is compiled once."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.list = bindparam(name, type_=NullType())  # a typed one would be cast to the type of an element


def in_list(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """A condition that holds when `column` is in the list given as parameter `name`; false for an empty list."""
    return InList(column, name)


@compiles(InList, "sqlite")
def _in_list_sqlite(element: InList, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.list, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are compiled SQL


@compiles(InList, "postgresql")
def _in_list_postgresql(element: InList, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.list, **kw)
    array = "TEXT[]" if isinstance(element.column.type, Text) else "BIGINT[]"
    return f"{column} = ANY(CAST({values} AS {array}))"
