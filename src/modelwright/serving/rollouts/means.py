"""E-processes and confidence sequences for means of bounded outcomes.

The difference of two arms is judged one outcome at a time: with w the candidate's share when the request
was assigned, X = (y - m) * (is_candidate / w - is_control / (1 - w)) has the true difference as its mean
whatever m is, as long as m was chosen beforehand, and whatever the base level does meanwhile. X is bounded
because y is, so 1 + stake * (X + margin) is a fair bet that never goes broke.

Sources: I. Waudby-Smith, A. Ramdas, "Estimating means of bounded random variables by betting", JRSS-B 86
(2023) (stakes, hedged capital); I. Waudby-Smith et al., "Anytime-valid off-policy inference for contextual
bandits", ACM/IMS J. Data Science 1 (2024) (importance weights); S. Howard et al., "Time-uniform,
nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49 (2021).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from modelwright.core.deferred import Deferred
from modelwright.serving.rollouts.binary import EMPTY, Wealth, fade, pay_out

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
else:
    np = Deferred("numpy")

_STAKES = (0.02, 0.06, 0.2, 0.5)
"""Shares of the largest stake that cannot go broke; the best one is near mean / variance, unknown before."""


class MeanHypothesis(msgspec.Struct, frozen=True, kw_only=True):
    """sign * (candidate mean - control mean) <= margin, for outcomes in [low, high]."""

    low: float
    high: float
    sign: float
    margin: float


class Outcome(NamedTuple):
    """One outcome: its value, who predicted, and the candidate's share when that was decided."""

    value: float
    candidate: bool
    share: float


def opened_mean(*, late: bool) -> Wealth:
    """The purse before any data; `late` keeps cash back for a change that begins later."""
    if late:
        return Wealth(bets=(EMPTY,) * len(_STAKES), cash=1.0)
    return Wealth(bets=(-math.log(len(_STAKES)),) * len(_STAKES), cash=0.0)


def bet_on_mean(
    purse: Wealth, hypothesis: MeanHypothesis, outcomes: tuple[Outcome, ...], *, at_ms: int, minute: int
) -> Wealth:
    """The purse after these outcomes. Every share must lie strictly between 0 and 1."""
    paid = pay_out(purse, minute)
    if not outcomes:
        return paid
    values = np.array([one.value for one in outcomes])
    candidate = np.array([one.candidate for one in outcomes])
    shares = np.array([one.share for one in outcomes])
    reach = hypothesis.high - hypothesis.low
    middle = (purse.seen_events + hypothesis.low + reach / 2) / (purse.seen_requests + 1.0)
    weights = np.where(candidate, 1 / shares, -1 / (1 - shares))
    gains = hypothesis.sign * (values - middle) * weights - hypothesis.margin
    largest = reach / np.minimum(shares, 1 - shares) + max(hypothesis.margin, 0.0)
    bets = tuple(
        have + float(np.log1p(stake * gains / largest).sum()) for have, stake in zip(paid.bets, _STAKES, strict=True)
    )
    keep = fade(purse, at_ms)
    return msgspec.structs.replace(
        paid,
        bets=bets,
        seen_requests=purse.seen_requests * keep + len(outcomes),
        seen_events=purse.seen_events * keep + float(values.sum()),
        seen_ms=max(at_ms, purse.seen_ms),
    )


def mean_interval(values: Floats, *, low: float, high: float, alpha: float = 0.05) -> tuple[float, float]:
    """Interval that holds the mean of `values` (shape (n,), in order of arrival) at every n at once.

    The chance that it ever misses is at most `alpha`. Hedged capital over a grid of 1001 means, one unit of
    the grid is added on both sides, O(1000 n). No values: the whole range.
    """
    if not len(values):
        return low, high
    x = (np.asarray(values, dtype=np.float64) - low) / (high - low)
    n = np.arange(1, len(x) + 1)
    mean = (0.5 + np.cumsum(x)) / (n + 1)
    spread = (0.25 + np.cumsum((x - mean) ** 2)) / (n + 1)
    before = np.concatenate(([0.25], spread[:-1]))
    stakes = np.minimum(np.sqrt(2 * math.log(2 / alpha) / (before * n * np.log1p(n))), 1.0)
    grid = np.linspace(0, 1, 1001)
    up = np.zeros_like(grid)
    down = np.zeros_like(grid)
    best = np.full_like(grid, -math.inf)
    with np.errstate(divide="ignore"):
        top_up, top_down = 0.5 / grid, 0.5 / (1 - grid)
    for value, stake in zip(x, stakes, strict=True):
        up += np.log1p(np.minimum(stake, top_up) * (value - grid))
        down += np.log1p(-np.minimum(stake, top_down) * (value - grid))
        best = np.maximum(best, np.maximum(up, down) - math.log(2))
    kept = grid[best < math.log(1 / alpha)]
    if not len(kept):
        centre = float(mean[-1])
        kept = np.array([centre, centre])
    step = float(grid[1])
    return (
        low + (high - low) * max(0.0, float(kept[0]) - step),
        low + (high - low) * min(1.0, float(kept[-1]) + step),
    )
