"""JSON of a shape that the caller chooses may be nested to a limit."""

from typing import Any

import pytest

from modelwright.core import limits
from modelwright.core.errors import BadInput
from modelwright.core.nesting import check_nesting


def nested(levels: int, *, objects: bool) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": 0, "b": value} if objects else [0, value]
    return value


@pytest.mark.parametrize("objects", [True, False])
def test_as_many_levels_as_the_limit_pass_and_one_more_does_not(*, objects: bool) -> None:
    """Lists and objects count alike, wherever in the value the deepest stands."""
    check_nesting(nested(limits.JSON_DEPTH, objects=objects))

    with pytest.raises(BadInput, match="100 levels"):
        check_nesting(nested(limits.JSON_DEPTH + 1, objects=objects))


def test_what_is_wide_is_not_deep() -> None:
    """The limit is of levels, not of values."""
    check_nesting([[{"a": []}]] * 10_000)
