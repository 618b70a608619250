"""Rows on which a wrong copy of a model would show.

What single precision rounds away where a model's data lie, it keeps elsewhere. So a copy is asked over many magnitudes,
on each side of the thresholds of trees, and where the model itself says that its data lie: in what it has kept of them,
and where the terms of a line cancel each other, as they do on the rows that it was fitted to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

PROOF_ROWS = 2000
SEED = 20
# What scalers and imputers know of each column: where its values lie, and how far apart.
_SCALES = (("mean_", "scale_"), ("center_", "scale_"), ("data_min_", "data_range_"), ("max_abs_", "max_abs_"))
# Rows that a step has kept: of its data, or of what it made of them. `quantiles_` are each column's own.
_KEPT = ("_fit_X", "X_train_", "support_vectors_", "cluster_centers_", "centroids_", "theta_", "means_", "quantiles_")


def telling_rows(model: Any, width: int) -> np.ndarray:
    """Rows of shape (n, width), the same in every call. `model` is a fitted estimator or pipeline of scikit-learn."""
    random = np.random.default_rng(SEED)
    rows = random.normal(size=(PROOF_ROWS, width)) * 10.0 ** random.integers(-3, 4, size=(PROOF_ROWS, 1))
    parts = [rows, *_beside_thresholds(model, rows, random)]
    for step in _on_the_inputs(model):
        parts += _within_scales(step, width, random)
        parts += _near_what_is_kept(step, width, random)
        parts += _along_components(step, width, random)
        parts += _where_terms_cancel(step, width, random)
    found: np.ndarray = np.concatenate(parts)
    finite: np.ndarray = found[np.isfinite(found).all(axis=1)]
    return finite


def _on_the_inputs(model: Any) -> Iterator[Any]:
    """The model, or those steps of a pipeline that see as many columns; what they see may have been scaled before."""
    steps = getattr(model, "steps", None)
    yield from [model] if steps is None else [step for _, step in steps]


def _beside_thresholds(model: Any, rows: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """`rows` with values at, just below and just above the thresholds of its trees."""
    trees = [one.tree_ for one in np.ravel(getattr(model, "estimators_", [])) if hasattr(one, "tree_")]
    if not trees:
        return []
    features = np.concatenate([tree.feature[tree.feature >= 0] for tree in trees])
    thresholds = np.concatenate([tree.threshold[tree.feature >= 0] for tree in trees])
    if not len(features):
        return []
    count, width = rows.shape
    near = rows.copy()
    at = random.integers(0, len(features), size=(count, width * 2))
    for column in range(at.shape[1]):
        chosen = at[:, column]
        shift = random.integers(-1, 2, size=count).astype(np.float64)
        values = thresholds[chosen]
        toward = np.where(shift > 0, np.float32(np.inf), np.float32(-np.inf))
        beside = np.nextafter(values.astype(np.float32), toward)
        near[np.arange(count), features[chosen]] = np.where(shift == 0, values, beside)
    return [near]


def _within_scales(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    found = []
    for centre, spread in _SCALES:
        middle, reach = (np.asarray(getattr(step, name, None), dtype=object) for name in (centre, spread))
        if middle.shape == reach.shape == (width,):
            drawn = random.normal(size=(PROOF_ROWS, width))
            found.append(middle.astype(np.float64) + drawn * np.abs(reach.astype(np.float64)))
    return found


def _near_what_is_kept(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """A tenth to ten times as far off as the kept values of a column lie apart."""
    found = []
    for name in _KEPT:
        kept = getattr(step, name, None)
        if isinstance(kept, np.ndarray) and kept.ndim == 2 and kept.shape[1] == width and kept.dtype.kind in "fiu":  # noqa: PLR2004 - rows and columns
            rows = kept[random.integers(0, len(kept), size=PROOF_ROWS)].astype(np.float64)
            off = random.normal(size=rows.shape) * 10.0 ** random.uniform(-1, 1, size=(PROOF_ROWS, 1))
            found.append(rows + off * kept.astype(np.float64).std(axis=0))
    return found


def _along_components(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """As a principal component analysis describes its data."""
    mean, axes, variance = (getattr(step, name, None) for name in ("mean_", "components_", "explained_variance_"))
    if mean is None or variance is None or axes is None or axes.shape != (len(variance), width) or len(mean) != width:
        return []
    return [mean + random.normal(size=(PROOF_ROWS, len(variance))) * np.sqrt(variance) @ axes]


def _where_terms_cancel(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """Rows to which a line answers little although each of its terms is as large as its offset."""
    weights, offsets = getattr(step, "coef_", None), getattr(step, "intercept_", None)
    if not isinstance(weights, np.ndarray) or weights.dtype.kind != "f" or weights.shape[-1] != width:
        return []
    weights = weights.reshape(-1, width)
    offsets = np.broadcast_to(np.asarray(offsets if offsets is not None else 0.0, dtype=np.float64), len(weights))
    line = random.integers(0, len(weights), size=PROOF_ROWS)
    slopes, offset = weights[line], offsets[line, np.newaxis]
    matter = slopes != 0
    terms = random.normal(size=slopes.shape) * np.maximum(np.abs(offset), 1.0) * matter
    # Clearly on one side: what lies on the line itself, any rounding may decide.
    answer = random.choice([-1.0, 1.0], size=offset.shape) * random.uniform(0.1, 3.0, size=offset.shape)
    lacking = answer - offset - terms.sum(axis=1, keepdims=True)
    terms += lacking * matter / np.maximum(matter.sum(axis=1, keepdims=True), 1)
    return [np.divide(terms, slopes, out=random.normal(size=slopes.shape), where=matter)]
