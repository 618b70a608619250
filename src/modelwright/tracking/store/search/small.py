"""Statements that search what there is little of: experiments and logged models.

There may be thousands of these, where there are tens of thousands of runs, so that one plan is good enough: look at
each, and sort.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, Table, Text, bindparam, exists, literal_column, select
from sqlalchemy.sql import ColumnElement, FromClause

from modelwright.core.db.clauses import argument, compare
from modelwright.core.db.keyset import Key, after, order_by
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Operator, Term
from modelwright.tracking.store.search.shapes import ClauseShape

_PRESENCE = {Operator.IS_NULL, Operator.IS_NOT_NULL}


class Rows(NamedTuple):
    """The numbers found, in order, and where the next page begins; None if this is the last."""

    numbers: list[int]
    position: list[Any] | None


def has_key(table: Table, owner: ColumnElement[bool], clause: ClauseShape, number: int) -> ColumnElement[bool]:
    """The clause, asked of the rows of a table of keys and values that `owner` picks."""
    query: Select[Any] = select(literal_column("1")).select_from(table)
    query = query.where(owner, table.c.key == bindparam(f"key{number}", type_=Text()))
    if clause.operator not in _PRESENCE:
        query = query.where(compare(table.c.value, clause.operator, f"value{number}"))
    return ~exists(query) if clause.operator is Operator.IS_NULL else exists(query)


def statement(
    source: FromClause, number: ColumnElement[Any], conditions: list[Any], keys: Sequence[Key], *, resumed: bool
) -> Sql:
    """Rows of (number, *keys), at most parameter `rows` of them, from the position of after<n> when `resumed`."""
    query = select(number, *(key.column for key in keys)).select_from(source).where(*conditions)
    if resumed:
        query = query.where(after(keys))
    return Sql(query.order_by(*order_by(keys)).limit(bindparam("rows", type_=BigInteger())))


def params_of(tx: ReadTx, clauses: Sequence[Clause], terms: Sequence[Term] = ()) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for number, clause in enumerate(clauses):
        params[f"key{number}"] = clause.field.key
        params[f"value{number}"] = argument(clause, tx.database)
    for number, term in enumerate(terms):
        params[f"term{number}"] = term.field.key
    return params


def page(tx: ReadTx, sql: Sql, params: Mapping[str, Any], limit: int) -> Rows:
    rows = tx.all(sql, rows=limit + 1, **params)
    return Rows([row[0] for row in rows[:limit]], list(rows[limit - 1][1:]) if len(rows) > limit else None)
