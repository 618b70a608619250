"""Thresholds at the control's quantile, settled before they are used."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.errors import BadInput
from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.rollouts.binary import Counts, bet, opened
from modelwright.serving.rollouts.guards import Measure, parse
from modelwright.serving.rollouts.quantiles import below, beyond, remembered, slower, threshold, trimmed

COUNTS = st.lists(st.integers(0, 500), min_size=1, max_size=len(LATENCY_EDGES_MS) + 1)


def histogram(latencies: np.ndarray) -> list[int]:
    """Counts by LATENCY_EDGES_MS, as a node has them."""
    places = np.searchsorted(LATENCY_EDGES_MS, latencies, side="left")
    return [int(count) for count in np.bincount(places, minlength=len(LATENCY_EDGES_MS) + 1)]


@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99])
def test_the_threshold_is_the_bucket_edge_next_to_the_quantile(quantile: float) -> None:
    """Within one bucket (26 %) of what numpy says of the raw latencies."""
    latencies = np.random.default_rng(1).lognormal(2.0, 0.7, 20_000)
    bucket = threshold(histogram(latencies), quantile)

    assert bucket is not None
    assert np.quantile(latencies, quantile) == pytest.approx(LATENCY_EDGES_MS[bucket], rel=0.27)


def test_too_little_seen_gives_no_threshold() -> None:
    """The p99 of a hundred answers is one answer: not yet."""
    seen = histogram(np.full(100, 3.0))

    assert None is threshold(seen, 0.99)
    assert None is threshold((), 0.5)
    assert threshold(seen, 0.5) is not None


@given(COUNTS, COUNTS)
def test_counts_add_up_and_trimming_changes_nothing(a: list[int], b: list[int]) -> None:
    """Beyond and not beyond are all; empty buckets at the end say nothing; nothing faded is a plain sum."""
    both = remembered(a, b, 1.0)
    bucket = min(3, len(both) - 1)

    assert sum(a) + sum(b) == beyond([int(one) for one in both], bucket).requests
    assert beyond(a, bucket) == beyond(trimmed(a), bucket)
    assert beyond(a, bucket).events <= sum(a)


def test_an_allowance_moves_the_candidates_threshold_up() -> None:
    """By no less than what is allowed, and by no more than the next edge above that."""
    for bucket in (0, 10, 40):
        edge = LATENCY_EDGES_MS[bucket]
        above = LATENCY_EDGES_MS[slower(bucket, 0.3)]

        assert bucket == slower(bucket, 0.0)
        assert edge * 1.3 * 0.999 <= above <= edge * 1.3 * 1.27
    assert len(LATENCY_EDGES_MS) - 1 == slower(len(LATENCY_EDGES_MS) - 1, 4.0)


def test_the_guard_is_said_in_words() -> None:
    """Quantile and allowance as people write them; what decides nothing is refused."""
    guard = parse("p99 not worse by 30%")

    assert (Measure.QUANTILE, 0.99, 0.3, True) == (guard.measure, guard.quantile, guard.slower, guard.compares)
    assert 0.999 == parse("p99.9 not worse").quantile
    for text in ("p30 not worse", "p100 not worse", "p99 not worse by 900%"):
        with pytest.raises(BadInput):
            parse(text)


@pytest.mark.parametrize(
    ("quantile", "expected"),
    [(0.999, (0.99, 0.9, 0.5)), (0.99, (0.9, 0.5)), (0.95, (0.5,)), (0.6, (0.5,)), (0.5, ())],
)
def test_a_quantile_is_safe_only_with_those_below_it(quantile: float, expected: tuple[float, ...]) -> None:
    """Ten times as many answers beyond each, down to the median."""
    assert expected == below(quantile)


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["", " by 30%"]))
def test_the_bet_on_safety_pays_more_the_slower_the_control(
    controls: int, candidates: int, slow: float, candidate_slow: float, by: str
) -> None:
    """Which is why a bet that leaves out strata with a slow control is worth no more than one that does not."""
    null = parse(f"p99 not worse{by}").rate_safe()
    purse, candidate = opened(null), Counts(candidates, round(candidate_slow * candidates))
    fewer = Counts(controls, min(round(slow * controls), controls - 1))
    more = Counts(controls, fewer.events + 1)
    paid, paid_more = (
        bet(purse, null, control=one, candidate=candidate, at_ms=1, minute=0).log for one in (fewer, more)
    )

    assert paid_more >= paid - 1e-9 * max(1.0, abs(paid))
