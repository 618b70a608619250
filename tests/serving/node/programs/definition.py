"""Shapley values as they are defined; needs numpy alone, so that programs in other environments have it too."""

import itertools
import math
from collections.abc import Callable

import numpy as np

Worth = Callable[[np.ndarray], np.ndarray]


def by_definition(worth: Worth, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Over all coalitions."""
    count = len(row)
    worths = {}
    for size in range(count + 1):
        for mine in itertools.combinations(range(count), size):
            mixed = background.copy()
            mixed[:, list(mine)] = row[list(mine)]
            worths[mine] = float(worth(mixed).mean())
    values = np.zeros(count)
    for mine, before in worths.items():
        weight = math.factorial(len(mine)) * math.factorial(count - len(mine) - 1) if len(mine) < count else 0
        for feature in set(range(count)) - set(mine):
            after = worths[tuple(sorted((*mine, feature)))]
            values[feature] += weight / math.factorial(count) * (after - before)
    return values
