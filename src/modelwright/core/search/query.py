"""A parsed query: clauses that must all hold, and terms to order by."""

from typing import TypeAlias

import msgspec

from modelwright.core.search.grammar import Operator, Values

Literal: TypeAlias = str | int | float | tuple[str, ...] | tuple[int, ...] | None
"""None belongs to the operators that compare with nothing, a tuple to those that compare with a list."""


class Field(msgspec.Struct, frozen=True):
    """The left side of a clause, or what a term orders by; aliases are resolved."""

    domain: str
    key: str
    values: Values


class Clause(msgspec.Struct, frozen=True):
    """`field operator literal`; `start` and `end` are where it stands in the filter, in characters."""

    field: Field
    operator: Operator
    literal: Literal
    start: int
    end: int


class Term(msgspec.Struct, frozen=True):
    field: Field
    descending: bool = False
