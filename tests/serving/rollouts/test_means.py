"""Bets on means are fair and find a loss; intervals hold the mean at every length at once."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.serving.rollouts.guards import parse
from modelwright.serving.rollouts.means import Outcome, bet_on_mean, mean_interval, opened_mean


def outcomes(
    rng: np.random.Generator, n: int, *, control: float, candidate: float, share: float
) -> tuple[Outcome, ...]:
    assigned = rng.random(n) < share
    values = rng.random(n) < np.where(assigned, candidate, control)
    return tuple(Outcome(float(value), bool(mine), share) for value, mine in zip(values, assigned, strict=True))


@settings(deadline=None)
@given(
    mean=st.floats(0, 1),
    loss=st.floats(-1, 1),
    share=st.floats(0.01, 0.99),
    late=st.booleans(),
)
def test_one_outcome_gains_nothing_on_average_when_nothing_is_lost(
    mean: float,
    loss: float,
    share: float,
    late: bool,  # noqa: FBT001 - hypothesis passes by name
) -> None:
    """Summed over both arms and both values, the mean wealth is at most 1 while the hypothesis holds."""
    guard = parse("mean(value) not worse")
    null = guard.mean_harm() if late else guard.mean_safe()
    candidate = min(1.0, mean + abs(loss)) if late else max(0.0, mean - 0.05 - abs(loss))
    control = mean if late else max(mean, 0.05)
    candidate = candidate if late else min(candidate, control - 0.05)

    expected = 0.0
    for mine, rate in ((True, candidate), (False, control)):
        for value in (0.0, 1.0):
            chance = (share if mine else 1 - share) * (rate if value else 1 - rate)
            purse = bet_on_mean(opened_mean(late=late), null, (Outcome(value, mine, share),), at_ms=0, minute=0)
            expected += chance * math.exp(purse.log)

    assert expected <= 1 + 1e-9


def test_a_lost_tenth_is_found_and_a_kept_mean_is_proven() -> None:
    """With 6000 outcomes at 20 %, -0.1 is proven harm; no difference is proven safe at a margin of 0.1."""
    rng = np.random.default_rng(5)
    guard = parse("mean(value) not worse by 0.1")
    plain = parse("mean(value) not worse")

    worse = bet_on_mean(
        opened_mean(late=True),
        plain.mean_harm(),
        outcomes(rng, 6000, control=0.6, candidate=0.5, share=0.2),
        at_ms=0,
        minute=0,
    )
    equal = bet_on_mean(
        opened_mean(late=False),
        guard.mean_safe(),
        outcomes(rng, 6000, control=0.6, candidate=0.6, share=0.2),
        at_ms=0,
        minute=0,
    )

    assert worse.log > math.log(20)
    assert equal.log > math.log(20)


def test_where_less_is_better_a_rise_is_the_harm() -> None:
    """`not higher` turns the sign."""
    rng = np.random.default_rng(6)
    dearer = outcomes(rng, 6000, control=0.5, candidate=0.6, share=0.2)
    guard = parse("mean(cost) not higher")

    purse = bet_on_mean(opened_mean(late=True), guard.mean_harm(), dearer, at_ms=0, minute=0)

    assert purse.log > math.log(20)


def test_an_interval_holds_the_mean_at_every_length_in_nearly_all_series() -> None:
    """At 95 %, at most 3 of 60 series of 400 values ever leave their interval (checked at 4 lengths)."""
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(60):
        values = (rng.random(400) < 0.3).astype(np.float64)
        bounds = [mean_interval(values[:n], low=0, high=1) for n in range(100, 401, 100)]
        missed += any(not low <= 0.3 <= high for low, high in bounds)

    assert missed <= 3


def test_an_interval_narrows_and_keeps_its_unit() -> None:
    """More values, a narrower interval; no values, the whole range."""
    values = np.tile([2.0, 4.0, 6.0], 300)

    few = mean_interval(values[:30], low=0, high=10)
    many = mean_interval(values, low=0, high=10)

    assert (0, 10) == mean_interval(values[:0], low=0, high=10)
    assert few[0] < many[0] < 4.0 < many[1] < few[1]
    assert pytest.approx(4.0, abs=0.5) == (many[0] + many[1]) / 2
