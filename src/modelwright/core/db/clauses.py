"""SQL for the clauses of a search, with one meaning on both databases.

LIKE tells letters' case apart and ILIKE does not, in every script; `%` and `_` are the only wildcards and nothing
escapes them. Texts are ordered by code point.
"""

from typing import Any, Final

from sqlalchemy import Text, bindparam, collate
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType

from modelwright.core.db.sql import in_list
from modelwright.core.search import Clause, Operator

FOLD: Final = "mw_fold"
"""The SQL function, registered on every SQLite connection, that is `fold` below."""

# The one letter whose small form depends on its place in a word.
_SIGMA: Final = "\N{GREEK SMALL LETTER SIGMA}"
_FINAL_SIGMA: Final = "\N{GREEK SMALL LETTER FINAL SIGMA}"

_GLOB: Final = str.maketrans({"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"})


def fold(text: str) -> str:
    """`text` without differences of case."""
    return text.lower().replace(_FINAL_SIGMA, _SIGMA)


def argument(clause: Clause, database: str) -> Any:
    """The value of the parameter of `compare` for this clause; None where it takes none."""
    literal = clause.literal
    if isinstance(literal, tuple):
        return list(literal)
    if isinstance(literal, str) and clause.operator.takes_pattern:
        folded = fold(literal) if clause.operator is Operator.ILIKE else literal
        return folded.translate(_GLOB) if database == "sqlite" else folded
    return literal


def compare(column: ColumnElement[Any], operator: Operator, name: str) -> ColumnElement[bool]:
    """`column operator :name`, for a column that is not NULL where it is there."""
    if operator.takes_list:
        listed = in_list(column, name)
        return listed if operator is Operator.IN else ~listed
    if operator.takes_pattern:
        return Matches(column, name, exact=operator is Operator.LIKE)
    if operator is Operator.IS_NULL:
        return column.is_(None)
    if operator is Operator.IS_NOT_NULL:
        return column.is_not(None)
    return Related(column, "<>" if operator is Operator.UNEQUAL else operator.value, name)


class Related(ColumnElement[bool]):
    """`column symbol :name`, where the value has the type that it comes with.

    Cast to the column's type, as SQLAlchemy would have it, PostgreSQL would round the fraction in `pages > 1.5` away.
    """

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], symbol: str, name: str) -> None:
        self.column = column
        self.symbol = symbol
        self.value = bindparam(name, type_=NullType())


@compiles(Related)
def _related(element: Related, compiler: SQLCompiler, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} {element.symbol} {compiler.process(element.value, **kw)}"


class Matches(ColumnElement[bool]):
    """`column` matches the pattern in parameter `name`, which `argument` has put into the database's form."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str, *, exact: bool) -> None:
        self.column = column
        self.pattern = bindparam(name, type_=Text())
        self.exact = exact


@compiles(Matches, "sqlite")
def _matches_sqlite(element: Matches, compiler: SQLCompiler, **kw: Any) -> str:
    # SQLite's LIKE folds ASCII only and by itself, so GLOB matches.
    column, pattern = compiler.process(element.column, **kw), compiler.process(element.pattern, **kw)
    if element.exact:
        return f"{column} GLOB {pattern}"
    return f"({_folded_in_sqlite(column)}) GLOB {pattern}"


@compiles(Matches, "postgresql")
def _matches_postgresql(element: Matches, compiler: SQLCompiler, **kw: Any) -> str:
    column, pattern = compiler.process(element.column, **kw), compiler.process(element.pattern, **kw)
    if not element.exact:
        column = _folded_in_postgresql(column)
    return f"""({column} COLLATE "C") LIKE {pattern} ESCAPE ''"""


class Holds(ColumnElement[bool]):
    """`column` holds the text in parameter `name`, which `fold` has folded; no character in it is a wildcard."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.text = bindparam(name, type_=Text())


@compiles(Holds, "sqlite")
def _holds_sqlite(element: Holds, compiler: SQLCompiler, **kw: Any) -> str:
    column, text = compiler.process(element.column, **kw), compiler.process(element.text, **kw)
    return f"instr({_folded_in_sqlite(column)}, {text}) > 0"


@compiles(Holds, "postgresql")
def _holds_postgresql(element: Holds, compiler: SQLCompiler, **kw: Any) -> str:
    column, text = compiler.process(element.column, **kw), compiler.process(element.text, **kw)
    return f"""strpos({_folded_in_postgresql(column)} COLLATE "C", {text}) > 0"""


def _folded_in_sqlite(column: str) -> str:
    # fold() is called only for what needs it: a call into Python costs as much as reading five rows.
    beyond_ascii = "'*[^' || char(1) || '-' || char(127) || ']*'"
    return f"CASE WHEN {column} GLOB {beyond_ascii} THEN {FOLD}({column}) ELSE lower({column}) END"


def _folded_in_postgresql(column: str) -> str:
    return f"""translate(lower({column} COLLATE "und-x-icu"), '{_FINAL_SIGMA}', '{_SIGMA}')"""


class Steadfast(ColumnElement[Any]):
    """A column that SQLite's planner must not look up by: it keeps to the plan that a statement is written for."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column
        self.type = column.type

    @property
    def _from_objects(self) -> list[Any]:
        return self.column._from_objects  # noqa: SLF001 - SQLAlchemy's own way for a wrapper to name its tables


@compiles(Steadfast, "sqlite")
def _steadfast_sqlite(element: Steadfast, compiler: SQLCompiler, **kw: Any) -> str:
    return "+" + compiler.process(element.column, **kw)


@compiles(Steadfast, "postgresql")
def _steadfast_postgresql(element: Steadfast, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column, **kw)


class ByCodePoint(ColumnElement[str]):
    """A text as both databases order it alike: by code point, which SQLite does by nature."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column
        self.type = Text()

    @property
    def _from_objects(self) -> list[Any]:
        return self.column._from_objects  # noqa: SLF001 - as above


@compiles(ByCodePoint, "sqlite")
def _by_code_point_sqlite(element: ByCodePoint, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.column, **kw)


@compiles(ByCodePoint, "postgresql")
def _by_code_point_postgresql(element: ByCodePoint, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(collate(element.column, "C"), **kw)


class OnlyPostgres(ColumnElement[bool]):
    """A condition that SQLite takes as granted."""

    inherit_cache = False

    def __init__(self, condition: ColumnElement[bool]) -> None:
        self.condition = condition


@compiles(OnlyPostgres, "sqlite")
def _only_postgres_sqlite(_element: OnlyPostgres, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "1"


@compiles(OnlyPostgres, "postgresql")
def _only_postgres_postgresql(element: OnlyPostgres, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.condition, **kw)
