"""Rows on which a wrong copy of a model would show.

What single precision rounds away where a model's data lie, it keeps elsewhere. So a copy is asked over many magnitudes,
on each side of the thresholds of trees, and where the model itself says that its data lie: in what it has kept of them,
and where the terms of a line cancel each other, as they do on the rows that it was fitted to. Many models say no such
thing (`shows_its_scale`): of those, no rows can tell a copy that rounds from one that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

PROOF_ROWS = 2000
SEED = 20
# The label changes between the two rows of a pair, which lie apart by 1/4096 of the way between like rows: in single
# precision that is still far, unless the data lie far from zero for how near they lie to each other.
_PAIRS, _HALVINGS = 400, 12
# What scalers know of each column: where its values lie, and how far apart.
_SCALES = (("mean_", "scale_"), ("center_", "scale_"), ("data_min_", "data_range_"))
# How far from zero at most, and so not how far apart.
_REACH = (("max_abs_", "max_abs_"),)
# Rows that a step has kept: of its data, or of what it made of them. `quantiles_` are each column's own.
_KEPT = ("_fit_X", "X_train_", "support_vectors_", "cluster_centers_", "centroids_", "theta_", "means_", "quantiles_")


def telling_rows(model: Any, width: int) -> np.ndarray:
    """Rows of shape (n, width), the same in every call. `model` is a fitted estimator or pipeline of scikit-learn."""
    random = np.random.default_rng(SEED)
    rows = random.normal(size=(PROOF_ROWS, width)) * 10.0 ** random.integers(-3, 4, size=(PROOF_ROWS, 1))
    thresholds = _thresholds(_first(model))
    parts = [rows] if thresholds is None else [rows, *_at_thresholds(*thresholds, rows, random)]
    for step in _steps(model):
        parts += _like_its_data(step, width, random)
        parts += _within_scales(step, width, random, _REACH)
        parts += _where_terms_cancel(step, width, random)
    return _finite(np.concatenate(parts))


def rows_around(given: np.ndarray) -> np.ndarray:
    """Rows near given ones of shape (n, width), of which nobody knows how far apart their like are."""
    random = np.random.default_rng(SEED)
    rows = given[random.integers(0, len(given), size=PROOF_ROWS if len(given) else 0)]
    off = random.normal(size=rows.shape) * 10.0 ** random.uniform(-9, 0, size=(len(rows), 1))
    return _finite(np.concatenate([given, rows * (1.0 + off), rows + off]))


def beside_changes(rows: np.ndarray, labels_of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Pairs of rows, between like ones, with another label each; none where answers are no labels."""
    labels = labels_of(rows) if len(rows) else np.empty(0)
    if labels.dtype.kind == "f" or labels.ndim != 1:
        return rows[:0]
    random = np.random.default_rng(SEED)
    one, other = random.integers(0, len(rows), size=(2, 10 * _PAIRS))
    differ = np.flatnonzero(labels[one] != labels[other])[:_PAIRS]
    if not len(differ):
        return rows[:0]
    low, high, label = rows[one[differ]], rows[other[differ]], labels[one[differ]]
    for _ in range(_HALVINGS):
        middle = low / 2 + high / 2
        stays = (labels_of(middle) == label)[:, np.newaxis]
        low, high = np.where(stays, middle, low), np.where(stays, high, middle)
    return np.concatenate([low, high])


def rows_like_data(model: Any, width: int) -> np.ndarray:
    """Rows like those that the model was fitted to; none where it does not say what these were like."""
    parts = _like_its_data(_first(model), width, np.random.default_rng(SEED))
    return _finite(np.concatenate([np.empty((0, width)), *parts]))


def shows_its_scale(model: Any, width: int) -> bool:
    """Whether the model says where the values of its columns lie, and how far apart."""
    if type(model).__module__.partition(".")[0] == "xgboost":
        return True  # it looks at single precision, as its copy does
    return _thresholds(_first(model)) is not None or len(rows_like_data(model, width)) > 0


def _finite(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = rows[np.isfinite(rows).all(axis=1)]
    return found


def _steps(model: Any) -> list[Any]:
    """The model, or the steps of a pipeline."""
    steps = getattr(model, "steps", None)
    return [model] if steps is None else [step for _, step in steps if step is not None and step != "passthrough"]


def _first(model: Any) -> Any:
    """The step of a pipeline that does more than fill in gaps: what comes after sees no columns of the model's."""
    return next((step for step in _steps(model) if not hasattr(step, "statistics_")), None)


def _thresholds(model: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """The features and thresholds of all nodes of a model that is nothing but trees; None for any other."""
    trees = [model] if hasattr(model, "tree_") else list(np.ravel(getattr(model, "estimators_", [])))
    if not trees or not all(hasattr(one, "tree_") for one in trees):
        return None
    inner = [(one.tree_, one.tree_.feature >= 0) for one in trees]
    features = np.concatenate([tree.feature[nodes] for tree, nodes in inner])
    return features, np.concatenate([tree.threshold[nodes] for tree, nodes in inner])


def _at_thresholds(
    features: np.ndarray, thresholds: np.ndarray, rows: np.ndarray, random: np.random.Generator
) -> list[np.ndarray]:
    """`rows` with values at, just below and just above thresholds."""
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


def _like_its_data(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """Rows like those that the step was fitted to, as far as it has kept what these were like."""
    return [
        *_within_scales(step, width, random, _SCALES),
        *_near_what_is_kept(step, width, random),
        *_along_components(step, width, random),
        *_within_bins(step, width, random),
        *_before_powers(step, width, random),
    ]


def _within_scales(
    step: Any, width: int, random: np.random.Generator, named: tuple[tuple[str, str], ...]
) -> list[np.ndarray]:
    found = []
    for centre, spread in named:
        middle, reach = (np.asarray(getattr(step, name, None), dtype=object) for name in (centre, spread))
        if middle.shape == reach.shape == (width,):
            drawn = random.normal(size=(PROOF_ROWS, width))
            found.append(middle.astype(np.float64) + drawn * np.abs(reach.astype(np.float64)))
    return found


def _near_what_is_kept(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """From hardly any to ten times as far off as the kept values of a column lie apart."""
    found = []
    for name in _KEPT:
        kept = getattr(step, name, None)
        if isinstance(kept, np.ndarray) and kept.ndim == 2 and kept.shape[1] == width and kept.dtype.kind in "fiu":  # noqa: PLR2004 - rows and columns
            rows = kept[random.integers(0, len(kept), size=PROOF_ROWS)].astype(np.float64)
            off = random.normal(size=rows.shape) * 10.0 ** random.uniform(-3, 1, size=(PROOF_ROWS, 1))
            found.append(rows + off * kept.astype(np.float64).std(axis=0))
    return found


def _along_components(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """As a principal component analysis describes its data."""
    mean, axes, variance = (getattr(step, name, None) for name in ("mean_", "components_", "explained_variance_"))
    if mean is None or variance is None or axes is None or axes.shape != (len(variance), width) or len(mean) != width:
        return []
    return [mean + random.normal(size=(PROOF_ROWS, len(variance))) * np.sqrt(variance) @ axes]


def _within_bins(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """In and a little outside the bins into which a step cuts its columns."""
    edges = getattr(step, "bin_edges_", None)
    if edges is None or len(edges) != width:
        return []
    ends = np.array([[one[0], one[-1]] for one in edges], dtype=np.float64)
    reach = (ends[:, 1] - ends[:, 0]) / 10
    return [random.uniform(ends[:, 0] - reach, ends[:, 1] + reach, size=(PROOF_ROWS, width))]


def _before_powers(step: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """What a power transformation makes normal."""
    if len(getattr(step, "lambdas_", ())) != width or not getattr(step, "standardize", False):
        return []
    with np.errstate(all="ignore"):
        return [_finite(step.inverse_transform(random.normal(size=(PROOF_ROWS, width))))]


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
