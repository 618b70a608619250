"""When two answers count as equal."""

from __future__ import annotations

import numpy as np

RELATIVE, ABSOLUTE = 1e-5, 1e-6
# The node walks rows nearer than 1e-5 itself; from half of that on ONNX must be right alone.
NEAR = 5e-6
# Where a copy is asked far out: all that is larger than the first of these up to which it answers alike is refused.
# What cancels or overflows in one precision and not in the other shows there.
REACHES = (1e300, 3e38, 1e30, 1e20, 1e12)
_FAR_ROWS = 300
_SEED = 22


def told_apart(probabilities: np.ndarray) -> np.ndarray:
    """Rows whose two best classes differ clearly; the rest is decided by the trees themselves and not by ONNX."""
    top = np.sort(probabilities, axis=1)[:, -2:]
    return np.asarray(top[:, 1] - top[:, 0] >= NEAR)


def difference(name: str, expected: np.ndarray, actual: np.ndarray) -> float:
    """The largest difference of two numbers. Raises ValueError where it is more than single precision allows."""
    if expected.shape != actual.shape:
        raise ValueError(f"{name} has shape {actual.shape}, the original {expected.shape}")
    if expected.dtype.kind != "f":
        unequal = int(np.sum(expected != actual))
        if unequal:
            raise ValueError(f"{name} differs in {unequal} of {len(expected)} rows")
        return 0.0
    apart = np.abs(expected - actual)
    if not np.allclose(expected, actual, rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True):
        raise ValueError(f"{name} differs by up to {np.nanmax(apart):.3g}")
    return float(np.nanmax(apart)) if len(apart) else 0.0


def far_rows(width: int, reach: float) -> np.ndarray:
    """Rows of shape (n, width) up to `reach` away from zero: of one size throughout, of many, and at the end."""
    random = np.random.default_rng(_SEED)
    shape = (_FAR_ROWS, width)
    sizes = random.uniform(3.0, np.log10(reach), size=shape)
    sizes[: _FAR_ROWS // 3] = sizes[: _FAR_ROWS // 3, :1]
    sizes[-_FAR_ROWS // 3 :] = np.log10(reach)
    found: np.ndarray = random.choice([-1.0, 1.0], size=shape) * random.uniform(0.1, 1.0, size=shape) * 10.0**sizes
    return found
