"""Parts of a replay add up to the whole, in any grouping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.rollouts.replay import Progress

PARTS = st.lists(
    st.builds(
        Progress,
        rows=st.integers(0, 9),
        failed=st.integers(0, 9),
        unusable=st.integers(0, 9),
        largest=st.dictionaries(st.sampled_from("ab"), st.floats(0, 9)).map(lambda found: tuple(sorted(found.items()))),
        latency=st.lists(st.integers(0, 9), max_size=4).map(tuple),
        last=st.sampled_from(["", "x.0", "y.1"]),
        failure=st.sampled_from(["", "odd", "even"]),
    ),
    max_size=6,
)


def total(parts: list[Progress]) -> Progress:
    whole = Progress()
    for part in parts:
        whole = whole.plus(part)
    return whole


@given(PARTS, PARTS)
def test_the_sum_does_not_hang_on_the_grouping(first: list[Progress], second: list[Progress]) -> None:
    """A server that was killed, and the next one, have seen together what one would have."""
    assert total(first + second) == total(first).plus(total(second))


def test_quantiles_are_read_from_the_counts() -> None:
    """The upper edge of the bucket; without answers there is none."""
    seen = Progress(latency=(0, 98, 0, 2))

    assert (LATENCY_EDGES_MS[1], LATENCY_EDGES_MS[3]) == (seen.latency_ms(0.5), seen.latency_ms(0.99))
    assert Progress().latency_ms(0.5) is None
    assert pytest.approx(LATENCY_EDGES_MS[-1]) == Progress(latency=(0,) * len(LATENCY_EDGES_MS) + (1,)).latency_ms(0.5)
