"""How a shadow's answer differs from the live one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from modelwright.serving.node.answers import Answer
from modelwright.serving.node.compare import difference

DTYPES = st.sampled_from([np.dtype(name) for name in ("f8", "f4", "i8", "?", "U3")])


def answer(values: np.ndarray) -> Answer:
    return Answer(("predict",), [values])


@given(DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(max_dims=2, max_side=4))))
def test_equal_answers_do_not_differ(values: np.ndarray) -> None:
    """Whatever a model gives, NaN and infinity among it: the same again is no difference."""
    assert (0, 0.0) == difference(answer(values), answer(values.copy()))


@pytest.mark.parametrize(
    ("live", "shadow", "found"),
    [
        ([1.0, 2.0], [1.0, 5.0], (1, 3.0)),
        ([0.0], [-0.0], (0, 0.0)),
        ([1.0], [1.0 + 1e-9], (0, 0.0)),
        ([1, 2], [1.0, 2.0], (0, 0.0)),
        (["a", "b"], ["a", "c"], (1, 1.0)),
        ([1.0, 2.0], [1.0], (2, 2.0)),
        ([float("nan")], [1.0], (1, 0.0)),
    ],
)
def test_differences_are_counted_by_row(live: list[object], shadow: list[object], found: tuple[int, float]) -> None:
    """Numbers differ by how far they are apart, beyond what rounding does; everything else by 1."""
    assert found == difference(answer(np.array(live)), answer(np.array(shadow)))
