"""A forest as plain arrays, for the rows on which single precision cannot tell two classes apart.

Votes of a forest often tie exactly (50 trees for, 50 against), and a tie that is broken by the last bit of a float32
sum is broken differently from the original. So the few rows with a near tie are walked here, in the original's
arithmetic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

# Sums of a few thousand float32 fractions are off by less than this.
NEAR = 1e-5


class Forest:
    """Trees joined end to end: `roots` are their first nodes; a node with `left` -1 is a leaf with its `values`."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as kept:
            self._roots = kept["roots"]
            self._feature = kept["feature"]
            self._threshold = kept["threshold"]
            self._left = kept["left"]
            self._right = kept["right"]
            self._values = kept["values"]
            self._missing_left = kept["missing_left"]

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """Shape (rows, classes), from rows in float32; the trees' fractions added up in the original's order."""
        total = np.zeros((len(rows), self._values.shape[1]))
        for index, row in enumerate(rows):
            nodes = self._roots.copy()
            inner = self._left[nodes] >= 0
            while inner.any():
                here = nodes[inner]
                values = row[self._feature[here]]
                goes_left = (values <= self._threshold[here]) | (np.isnan(values) & self._missing_left[here])
                nodes[inner] = np.where(goes_left, self._left[here], self._right[here])
                inner = self._left[nodes] >= 0
            for node in nodes:
                total[index] += self._values[node]
        return total / len(self._roots)


def near_ties(probabilities: np.ndarray) -> np.ndarray:
    """Places of the rows whose two largest entries are too close to be told apart in float32."""
    if probabilities.shape[1] == 2:  # noqa: PLR2004  # two classes need no sorting
        gap = np.abs(probabilities[:, 0] - probabilities[:, 1])
    else:
        top = np.partition(probabilities, -2, axis=1)[:, -2:]
        gap = top[:, 1] - top[:, 0]
    return np.flatnonzero(gap < NEAR)
