"""Positions in an order are checked, and rows of several statements meet in one order."""

from typing import Any

import pytest

from modelwright.core.db.keyset import checked, merged
from modelwright.core.errors import BadInput


@pytest.mark.parametrize(
    "position",
    [[1, "a"], [1, 0.5, "a", 2], ["1", 0.5, "a"], [1, 1, "a"], [True, 0.5, "a"], [1, 0.5, "\0"], [2**63, 0.5, "a"], []],
)
def test_a_position_that_does_not_fit_the_order_is_refused(position: list[Any]) -> None:
    """A client can make up a token; what the database could not compare does not reach it."""
    with pytest.raises(BadInput, match="damaged"):
        checked(position, (int, float, str))


def test_a_position_that_fits_is_taken() -> None:
    """Each value has the type of its level."""
    assert [1, 0.5, "a"] == checked([1, 0.5, "a"], (int, float, str))


def test_rows_of_several_statements_meet_in_one_order() -> None:
    """Levels may go up or down, and texts too."""
    rows = [("x", 1, "a"), ("x", 2, "a"), ("y", 2, "b"), ("y", 1, "b")]

    assert [("y", 1, "b"), ("x", 1, "a"), ("y", 2, "b"), ("x", 2, "a")] == merged(rows, {0: False, 1: True}, first=1)
