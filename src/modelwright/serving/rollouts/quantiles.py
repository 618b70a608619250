"""Relative latency guards: is the candidate's tail beyond the control's quantile heavier than the control's own?

A quantile is compared by counting: with q the control's p99 as remembered from earlier strata, "the candidate's p99 is
not worse" says that no larger share of the candidate's answers than of the control's takes longer than q. Because q is
settled before the stratum that it is used on, the two counts are Bernoulli, and the bets of `binary` are fair as they
stand: looking at any time changes nothing, and a latency that drifts for both sides misleads nobody, since both are
held against the same q in the same seconds on the same node. A threshold that is off its quantile costs speed, never
validity.

Sources: S. R. Howard, A. Ramdas, "Sequential estimation of quantiles with applications to A/B testing and best-arm
identification", Bernoulli 28 (2022) (quantiles by the indicator of exceeding them, at any time); R. Turner,
P. Grünwald (see `binary`) for the bet on two such indicators.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import zip_longest

from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.rollouts.binary import Counts

_LEAST_BEYOND = 5
"""Answers beyond the quantile that must have been seen before it is believed."""

_WIDER, _MEDIAN = 10.0, 0.5


def threshold(seen: Sequence[float], quantile: float) -> int | None:
    """The bucket above whose edge about 1 - `quantile` of what was seen lies; None while too little was.

    `seen` are counts by LATENCY_EDGES_MS. Of the two edges around the quantile, that one counts whose tail is nearer
    to it in ratio.
    """
    total, tail = sum(seen), 1 - quantile
    if total * tail < _LEAST_BEYOND:
        return None
    beyond, best, nearest = total, None, math.inf
    for bucket, count in enumerate(seen[: len(LATENCY_EDGES_MS)]):
        beyond -= count
        off = abs(math.log((beyond / total + tail / 10) / tail))
        if off < nearest:
            best, nearest = bucket, off
    return best


def slower(bucket: int, allowance: float) -> int:
    """The bucket whose edge is at least `allowance` (0.2: a fifth) above this bucket's edge, or the last one."""
    if not allowance:
        return bucket
    wanted = LATENCY_EDGES_MS[bucket] * (1 + allowance) * (1 - 1e-9)
    return min(bisect_left(LATENCY_EDGES_MS, wanted), len(LATENCY_EDGES_MS) - 1)


def beyond(counts: Sequence[int], bucket: int) -> Counts:
    """Answers, and those among them that took longer than the bucket's edge."""
    return Counts(sum(counts), sum(counts[bucket + 1 :]))


def below(quantile: float) -> tuple[float, ...]:
    """The quantiles under a guard's own at which a candidate must be no slower before its latency counts as safe.

    Where a few answers of every minute stall in either arm, the p99 is the length of a stall and the same for all
    candidates, however slow they are by themselves. That shows where ten times as many answers lie beyond, and at the
    median.
    """
    tails = [1 - quantile]
    while tails[-1] * _WIDER < _MEDIAN:
        tails.append(tails[-1] * _WIDER)
    return tuple(round(1 - tail, 12) for tail in [*tails[1:], _MEDIAN] if tail > tails[0])


def remembered(seen: Sequence[float], counts: Sequence[int], keep: float, weight: float = 1.0) -> tuple[float, ...]:
    """What was seen before, faded by `keep`, and what is new, at its `weight`."""
    return tuple(have * keep + new * weight for have, new in zip_longest(seen, counts, fillvalue=0))


def trimmed(counts: Sequence[int]) -> tuple[int, ...]:
    """Without the empty buckets at the end: rollouts keep these for ever."""
    last = max((place for place, count in enumerate(counts) if count), default=-1)
    return tuple(counts[: last + 1])
