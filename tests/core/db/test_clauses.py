"""A clause means the same on both databases, in every script."""

import functools
from typing import Any

import pytest
from sqlalchemy import BigInteger, Text, bindparam, column, select, values

from modelwright.core.db.clauses import argument, compare
from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx
from modelwright.core.search import Clause, Field, Literal, Operator, Values


def holds(tx: ReadTx, value: str | int, operator: Operator, literal: Literal) -> bool:
    """Whether `value operator literal` holds in the database."""
    kind, given = (Text(), Values.TEXT) if isinstance(value, str) else (BigInteger(), Values.INTEGER)
    one = values(column("value", kind), name="one").data([(bindparam("value", type_=kind),)]).cte("one")
    clause = Clause(Field("", "", given), operator, literal, 0, 0)
    asked = Sql(select(one.c.value).where(compare(one.c.value, operator, "asked")))
    return tx.one(asked, value=value, asked=argument(clause, tx.database)) is not None


@pytest.mark.parametrize(
    ("value", "operator", "literal", "expected"),
    [
        ("abc", Operator.LIKE, "a%", True),
        ("abc", Operator.LIKE, "A%", False),
        ("abc", Operator.LIKE, "a_c", True),
        ("abc", Operator.LIKE, "b", False),
        ("a\nc", Operator.LIKE, "a_c", True),
        ("a*c", Operator.LIKE, "a*c", True),
        ("abc", Operator.LIKE, "a*c", False),
        ("abc", Operator.LIKE, "a[b]c", False),
        ("a?", Operator.LIKE, "a?", True),
        ("a%", Operator.LIKE, "a\\%", False),
        ("a\\b", Operator.LIKE, "a\\b", True),
        ("日本", Operator.LIKE, "_本", True),
        ("", Operator.LIKE, "%", True),
        ("", Operator.LIKE, "_", False),
        ("ABC", Operator.ILIKE, "a%", True),
        ("ÉTÉ", Operator.ILIKE, "été", True),
        ("été", Operator.LIKE, "ÉTÉ", False),
        ("ΟΔΟΣ", Operator.ILIKE, "%δος", True),
        ("ΟΔΟΣ", Operator.ILIKE, "οδοσ", True),
        ("МОСКВА", Operator.ILIKE, "мос%", True),
        ("a", Operator.IN, ("a", "b"), True),
        ("it's", Operator.NOT_IN, ("it's",), False),
        (2, Operator.GREATER, 1.5, True),
        (2, Operator.LESS, 2.5, True),
        (2, Operator.EQUAL, 1.5, False),
        (2, Operator.UNEQUAL, 1.5, True),
        (2**63 - 1, Operator.AT_LEAST, 2**63 - 1, True),
        (3, Operator.IN, (1, 3), True),
    ],
)
def test_a_clause_means_the_same_everywhere(
    db: Database,
    value: Any,
    operator: Operator,
    literal: Any,
    expected: bool,  # noqa: FBT001 - a column of a table
) -> None:
    """LIKE tells case apart and ILIKE does not; nothing but % and _ is special; fractions stay fractions."""
    assert expected is db.read_now(functools.partial(holds, value=value, operator=operator, literal=literal))
