"""Rows of several statements meet in one order."""

from modelwright.core.db.keyset import merged


def test_rows_of_several_statements_meet_in_one_order() -> None:
    """Levels may go up or down, and texts too."""
    rows = [("x", 1, "a"), ("x", 2, "a"), ("y", 2, "b"), ("y", 1, "b")]

    assert [("y", 1, "b"), ("x", 1, "a"), ("y", 2, "b"), ("x", 2, "a")] == merged(rows, {0: False, 1: True}, first=1)
