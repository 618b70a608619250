"""The same arithmetic as scikit-learn, without the costs it pays on every call.

A forest's `predict` on one row spends 4 ms on checks, threads and joblib and 0.2 ms on its trees; a linear model 140 us
around a dot product of 3. What is built here is used only after it gave the very same answers as the original on rows
made to tell them apart: around every kind of threshold, far out, and by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

from .missing import goes_left, takes_missing, with_missing
from .outputs import Outputs, array_of

FORESTS = (RandomForestClassifier, ExtraTreesClassifier)
FOREST_REGRESSORS = (RandomForestRegressor, ExtraTreesRegressor)
_LINES = (LinearRegression, Ridge, Lasso, ElasticNet)
PROOF_ROWS = 2000
SEED = 20
# What scalers and imputers know of each column: where its values lie, and how far apart.
_SCALES = (("mean_", "scale_"), ("center_", "scale_"), ("data_min_", "data_range_"), ("max_abs_", "max_abs_"))


class Fast(Protocol):
    def __call__(self, rows: np.ndarray, *, more: bool) -> Outputs: ...


def specialised(model: Any, options: dict[str, Any]) -> Fast | None:
    """A function equal to the model's `predict`; None when the model has none, or fails the proof."""
    if (options.get("predict_fn") or "predict") != "predict" or getattr(model, "n_outputs_", 1) != 1:
        return None
    build = next((build for kinds, build in _BUILDERS if type(model) in kinds), None)
    if build is None:
        return None
    fast = build(model)
    return fast if _equal(model, fast) else None


def _finite32(rows: np.ndarray, *, missing: bool) -> np.ndarray:
    """Rows as trees see them; refuses what the original refuses, in its words. `missing`: it takes missing values."""
    cast = np.ascontiguousarray(rows, dtype=np.float32)
    if not np.isfinite(cast).all() and (not missing or np.isinf(cast).any()):
        raise ValueError("Input X contains NaN, infinity or a value too large for dtype('float32').")
    return cast


def _forest(model: Any) -> Fast:
    trees = [one.tree_ for one in model.estimators_]
    classes = model.classes_
    missing = _takes_missing(model)

    def predict(rows: np.ndarray, *, more: bool) -> Outputs:
        cast = _finite32(rows, missing=missing)
        total = np.zeros((len(cast), len(classes)))
        for tree in trees:
            total += tree.predict(cast).reshape(total.shape)
        total /= len(trees)
        labels = array_of(classes.take(total.argmax(axis=1), axis=0))
        return Outputs(["predict", "predict_proba"], [labels, total]) if more else Outputs(["predict"], [labels])

    return predict


def _forest_regressor(model: Any) -> Fast:
    trees = [one.tree_ for one in model.estimators_]
    missing = _takes_missing(model)

    def predict(rows: np.ndarray, *, more: bool) -> Outputs:
        del more  # there is one output
        cast = _finite32(rows, missing=missing)
        total = np.zeros(len(cast))
        for tree in trees:
            total += tree.predict(cast).reshape(-1)
        return Outputs(["predict"], [total / len(trees)])

    return predict


def _takes_missing(model: Any) -> bool:
    return takes_missing(model.predict, np.zeros((1, model.n_features_in_)))


def _line(model: Any) -> Fast:
    weights, offset = np.asarray(model.coef_).T, model.intercept_

    def predict(rows: np.ndarray, *, more: bool) -> Outputs:
        del more  # there is one output
        found = _finite64(rows) @ weights + offset
        return Outputs(["predict"], [found])

    return predict


def _finite64(rows: np.ndarray) -> np.ndarray:
    if not np.isfinite(rows).all():
        raise ValueError("Input X contains NaN or infinity.")
    return rows


def _logistic(model: Any) -> Fast:
    weights, offset, classes = np.asarray(model.coef_).T, model.intercept_, model.classes_
    proba: Callable[[np.ndarray], np.ndarray] = model.predict_proba

    def predict(rows: np.ndarray, *, more: bool) -> Outputs:
        scores = _finite64(rows) @ weights + offset
        places = (scores[:, 0] > 0).astype(np.intp) if scores.shape[1] == 1 else scores.argmax(axis=1)
        labels = array_of(classes.take(places, axis=0))
        return Outputs(["predict", "predict_proba"], [labels, proba(rows)]) if more else Outputs(["predict"], [labels])

    return predict


_BUILDERS: tuple[tuple[tuple[type, ...], Callable[[Any], Fast]], ...] = (
    (FORESTS, _forest),
    (FOREST_REGRESSORS, _forest_regressor),
    (_LINES, _line),
    ((LogisticRegression,), _logistic),
)


def telling_rows(model: Any, width: int) -> np.ndarray:
    """Rows of shape (n, width) on which a wrong copy of the model would show.

    For trees: values at, just below and just above their thresholds; for all: random rows over many magnitudes, and
    where scalers say that the data lie: what single precision rounds away there, it keeps elsewhere.
    """
    random = np.random.default_rng(SEED)
    rows = random.normal(size=(PROOF_ROWS, width)) * 10.0 ** random.integers(-3, 4, size=(PROOF_ROWS, 1))
    features, thresholds = _thresholds(model)
    if len(features):
        at = random.integers(0, len(features), size=(PROOF_ROWS, width * 2))
        near = rows.copy()
        for column in range(at.shape[1]):
            chosen = at[:, column]
            shift = random.integers(-1, 2, size=PROOF_ROWS).astype(np.float64)
            values = thresholds[chosen]
            toward = np.where(shift > 0, np.float32(np.inf), np.float32(-np.inf))
            beside = np.nextafter(values.astype(np.float32), toward)
            near[np.arange(PROOF_ROWS), features[chosen]] = np.where(shift == 0, values, beside)
        rows = np.concatenate([rows, near])
    return np.concatenate([rows, *_near_its_data(model, width, random)])


def _near_its_data(model: Any, width: int, random: np.random.Generator) -> list[np.ndarray]:
    """Rows about what the steps of a pipeline have learnt of its columns."""
    found = []
    for _, step in getattr(model, "steps", []):
        for centre, spread in _SCALES:
            middle, reach = (np.asarray(getattr(step, name, None), dtype=object) for name in (centre, spread))
            if middle.shape == reach.shape == (width,):
                drawn = random.normal(size=(PROOF_ROWS, width))
                rows = middle.astype(np.float64) + drawn * np.abs(reach.astype(np.float64))
                found.append(rows[np.isfinite(rows).all(axis=1)])
    return found


def _thresholds(model: Any) -> tuple[np.ndarray, np.ndarray]:
    trees = [one.tree_ for one in np.ravel(getattr(model, "estimators_", [])) if hasattr(one, "tree_")]
    features = [tree.feature[tree.feature >= 0] for tree in trees]
    thresholds = [tree.threshold[tree.feature >= 0] for tree in trees]
    if not features:
        return np.empty(0, dtype=np.int64), np.empty(0)
    return np.concatenate(features), np.concatenate(thresholds)


def flattened(model: Any) -> dict[str, np.ndarray] | None:
    """A forest classifier as arrays without Python objects; None for anything else."""
    if not isinstance(model, FORESTS) or getattr(model, "n_outputs_", 1) != 1:
        return None
    trees = [one.tree_ for one in model.estimators_]
    starts = np.cumsum([0, *[tree.node_count for tree in trees[:-1]]])

    def children(side: str) -> np.ndarray:
        parts = [getattr(tree, side) for tree in trees]
        return np.concatenate([np.where(one < 0, -1, one + start) for one, start in zip(parts, starts, strict=True)])

    return {
        "roots": starts,
        "feature": np.concatenate([tree.feature for tree in trees]),
        "threshold": np.concatenate([tree.threshold for tree in trees]),
        "left": children("children_left"),
        "right": children("children_right"),
        "missing_left": np.concatenate([goes_left(tree) for tree in trees]),
        "values": np.concatenate([_fractions(tree) for tree in trees]),
    }


def _fractions(tree: Any) -> np.ndarray:
    """Class fractions of every node, of shape (nodes, classes), as `predict_proba` of one tree gives them."""
    values = np.asarray(tree.value)[:, 0, :]
    sums = values.sum(axis=1, keepdims=True)
    # Since scikit-learn 1.3 trees keep fractions; before, counts.
    return values if np.allclose(sums, 1.0) else values / sums


def _equal(model: Any, fast: Fast) -> bool:
    rows = telling_rows(model, model.n_features_in_)
    if _takes_missing(model):
        rows = with_missing(rows)
    ours = fast(rows, more=True)
    theirs = [model.predict(rows)] + ([model.predict_proba(rows)] if len(ours.arrays) > 1 else [])
    return all(
        np.array_equal(mine, array_of(other)) or (mine.dtype.kind == "f" and np.allclose(mine, other, rtol=1e-12))
        for mine, other in zip(ours.arrays, theirs, strict=True)
    )
