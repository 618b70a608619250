"""Shapley values of one answer against background rows, from answers alone. No I/O.

The game: players are features; a coalition's worth is the mean, over the background rows, of what the model answers
for a row whose features in the coalition are the explained row's and whose others are the background row's. So
features are varied independently of each other (the "interventional" value function), and whatever the method,

    base + sum of the values = the answer for the explained row,    base = mean answer for the background rows.

Sources: L. S. Shapley, "A Value for n-Person Games" (1953); J. Castro, D. Gomez, J. Tejada, "Polynomial calculation of
the Shapley value based on sampling", Computers & Operations Research 36 (2009), 1726-1730; R. Mitchell, J. Cooper,
E. Frank, G. Holmes, "Sampling Permutations for Shapley Value Estimation", JMLR 23 (2022): antithetic pairs.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import msgspec

Mixture = tuple[int, int]
"""A background row's place, and the set of features that are the explained row's, as the bits of a number."""

Evaluate = Callable[[Sequence[Mixture]], list[float]]
"""What the model answers for each of these rows."""


class Shares(msgspec.Struct, frozen=True):
    """`values` has one entry per feature; `errors` their standard errors, all 0 where nothing was sampled."""

    base: float
    answer: float
    values: tuple[float, ...]
    errors: tuple[float, ...]


def exact(evaluate: Evaluate, features: int, backgrounds: int) -> Shares:
    """All coalitions: `backgrounds * (2 ** features - 1) + 1` evaluations."""
    everyone = (1 << features) - 1
    asked = [(place, mask) for mask in range(everyone) for place in range(backgrounds)]
    answers = evaluate([*asked, (0, everyone)])
    worth = [
        math.fsum(answers[mask * backgrounds : (mask + 1) * backgrounds]) / backgrounds for mask in range(everyone)
    ]
    worth.append(answers[-1])
    weights = [
        math.factorial(size) * math.factorial(features - size - 1) / math.factorial(features)
        for size in range(features)
    ]
    values = tuple(
        math.fsum(
            weights[mask.bit_count()] * (worth[mask | 1 << feature] - worth[mask])
            for mask in range(everyone)
            if not mask >> feature & 1
        )
        for feature in range(features)
    )
    return Shares(worth[0], worth[everyone], values, (0.0,) * features)


def sampled(evaluate: Evaluate, features: int, backgrounds: int, *, pairs: int, seed: int) -> Shares:
    """For each background row `pairs` (at least 2) orders of the features, each also backwards.

    A feature's value is the mean of what the answer changes when, in such an order, it becomes the explained row's. The
    error is that of the orders alone: the background is taken as given. About `2 * backgrounds * pairs * features`
    evaluations.
    """
    draw = random.Random(seed)  # noqa: S311 - samples; guards nothing
    everyone = (1 << features) - 1
    orders = [[_shuffled(features, draw) for _ in range(pairs)] for _ in range(backgrounds)]
    inner = {
        (place, mask)
        for place, mine in enumerate(orders)
        for order in mine
        for walk in (order, order[::-1])
        for mask in _masks(walk)[1:-1]
    }
    asked = sorted(inner)
    answers = evaluate([(0, everyone), *((place, 0) for place in range(backgrounds)), *asked])
    worth = dict(zip(asked, answers[1 + backgrounds :], strict=True))
    for place in range(backgrounds):
        worth[place, 0], worth[place, everyone] = answers[1 + place], answers[0]
    means, variances = [], []
    for place, mine in enumerate(orders):
        gains = [_pair(worth, place, order) for order in mine]
        each = list(zip(*gains, strict=True))
        means.append([math.fsum(one) / pairs for one in each])
        variances.append([_variance_of_mean(one) for one in each])
    return Shares(
        base=math.fsum(answers[1 : 1 + backgrounds]) / backgrounds,
        answer=answers[0],
        values=tuple(math.fsum(column) / backgrounds for column in zip(*means, strict=True)),
        errors=tuple(math.sqrt(math.fsum(column)) / backgrounds for column in zip(*variances, strict=True)),
    )


def _shuffled(features: int, draw: random.Random) -> list[int]:
    order = list(range(features))
    draw.shuffle(order)
    return order


def _masks(order: Sequence[int]) -> list[int]:
    masks = [0]
    for feature in order:
        masks.append(masks[-1] | 1 << feature)
    return masks


def _pair(worth: dict[Mixture, float], place: int, order: list[int]) -> list[float]:
    """The gains of each feature, averaged over an order and the same backwards."""
    gains = [0.0] * len(order)
    for walk in (order, order[::-1]):
        masks = _masks(walk)
        for feature, before, after in zip(walk, masks, masks[1:], strict=False):
            gains[feature] += (worth[place, after] - worth[place, before]) / 2
    return gains


def _variance_of_mean(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1) / len(values)
