"""Pages that stay in place while rows come and go: a page begins after the last row of the one before.

An order is a list of `Key`s, none of them NULL, the last of them unique. A position is the list of their values.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import and_, bindparam, or_
from sqlalchemy.sql import ColumnElement

T = TypeVar("T")


class Key(msgspec.Struct, frozen=True, eq=False):
    """One level of an order. `kind` is the Python type of its values: int, float or str."""

    column: ColumnElement[Any]
    kind: type
    descending: bool = False
    constant: bool = False
    """The same in every row of the statement: selected, but not worth ordering by."""


def order_by(keys: Sequence[Key]) -> list[ColumnElement[Any]]:
    return [key.column.desc() if key.descending else key.column.asc() for key in keys if not key.constant]


def after(keys: Sequence[Key]) -> ColumnElement[bool]:
    """Holds for rows that come after the position in the parameters of `after_params`; `keys` hold no constants."""
    condition: ColumnElement[bool] | None = None
    for number, key in reversed(list(enumerate(keys))):
        if key.constant:
            continue
        value = bindparam(f"after{number}", type_=key.column.type)
        beyond = key.column < value if key.descending else key.column > value
        if condition is None:
            condition = beyond
        else:
            # The first half is implied by the second; it is what an index can be entered by.
            reached = key.column <= value if key.descending else key.column >= value
            condition = and_(reached, or_(beyond, condition))
    assert condition is not None  # noqa: S101 - an order has a unique last key
    return condition


def after_params(position: Sequence[Any]) -> dict[str, Any]:
    return {f"after{number}": value for number, value in enumerate(position)}


def merged(rows: list[T], values: Mapping[int, bool], first: int) -> list[T]:
    """Rows of several statements in one order, in place.

    `values` says of each level whether it descends; level n stands in column `first + n` of a row.
    """
    for level in sorted(values, reverse=True):
        rows.sort(key=lambda row: row[first + level], reverse=values[level])  # type: ignore[index]  # rows are tuples
    return rows
