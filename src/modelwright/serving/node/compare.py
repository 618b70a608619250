"""How a shadow's answer differs from the live one."""

from __future__ import annotations

import numpy as np

from modelwright.serving.model import SAME_ABSOLUTE, SAME_RELATIVE
from modelwright.serving.node.answers import Answer


def difference(live: Answer, shadow: Answer) -> tuple[int, float]:
    """Rows that differ in the first output, and the sum over rows of the absolute difference of numbers.

    Labels and strings differ or not, and add 1 each where they do. Answers of different shapes differ in every row.
    """
    if not live.arrays or not shadow.arrays:
        return (0, 0.0) if live.whole == shadow.whole else (1, 1.0)
    ours, theirs = live.arrays[0], shadow.arrays[0]
    rows = len(ours)
    if ours.dtype == theirs.dtype != object and ours.shape == theirs.shape and ours.tobytes() == theirs.tobytes():
        return 0, 0.0  # the usual case, at a hundredth of the cost of what follows
    if ours.shape != theirs.shape:
        return rows, float(rows)
    if ours.dtype.kind not in "fiu" or theirs.dtype.kind not in "fiu":
        unequal = np.asarray(ours != theirs).reshape(rows, -1).any(axis=1)
        return int(unequal.sum()), float(unequal.sum())
    left, right = ours.astype(np.float64), theirs.astype(np.float64)
    close = (
        np.isclose(left, right, rtol=SAME_RELATIVE, atol=SAME_ABSOLUTE, equal_nan=True).reshape(rows, -1).all(axis=1)
    )
    apart = np.nan_to_num(np.abs(left - right), nan=0.0, posinf=0.0, neginf=0.0).reshape(rows, -1).sum(axis=1)
    return int(rows - close.sum()), float(apart[~close].sum())
