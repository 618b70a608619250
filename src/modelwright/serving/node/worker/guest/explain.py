"""Shapley values of one row against background rows from the inside of a model, exactly: sums of trees, and lines.

The game is that of `serving/shapley.py`: features outside a coalition are a background row's. A leaf counts for the
coalitions that have all features by which the explained row went its way alone, and none by which the background row
did; so each pair of rows takes one walk through each tree.

Sources: S. M. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", Nature
Machine Intelligence 2 (2020), "interventional TreeSHAP"; G. Laberge, Y. Pequignot, "Understanding Interventional
TreeSHAP: How and Why it Works" (2022).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .trees import Tree, trees_of

MARGIN = "margin"
# A walk visits a few hundred thousand nodes in a tenth of a second; beyond this, asking for samples is quicker.
_MOST_VISITS = 5_000_000
_RELATIVE, _ABSOLUTE = 1e-4, 1e-6


def explained(model: Any, table: list[np.ndarray], output: str) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What the first row's answer owes to each column of the matrix, against the others: method, base and answer, and
    the values. `output` is a number of the answer, such as `predict_proba[1]`, or `margin`: what a booster or a
    logistic regression sums up before it makes a probability of it.

    Raises ValueError where the model is no sum of trees and no line, or is one of another number than that.
    """
    original, rows = _inside(model, table)
    place = int(output.partition("[")[2].rstrip("]") or 1)
    said = _said(model, original, rows, table, output, place)
    if hasattr(original, "coef_"):
        values = _line(original, rows, place)
        method = "linear"
    else:
        trees = list(trees_of(original, place))
        _check(trees, rows, said)
        values = _shares(trees, rows)
        method = "trees"
    base, answer = float(np.mean(said[1:])), float(said[0])
    if not math.isclose(base + math.fsum(values), answer, rel_tol=_RELATIVE, abs_tol=_tolerance(said)):
        raise ValueError("the parts do not add up to the answer, so it is not made of them alone")
    return {"method": method, "base": base, "answer": answer}, [values]


def _inside(model: Any, table: list[np.ndarray]) -> tuple[Any, np.ndarray]:
    """The estimator at the end, and the rows as it sees them, where each of its columns is one of the model's."""
    if model.described.get("by_name"):
        raise ValueError("it takes columns by name, and may make several of one")
    original, rows = model.original, model.inputs.matrix(table)
    if getattr(model, "_order", None) is not None:
        raise ValueError("it takes its columns in another order")
    for _, step in getattr(original, "steps", [])[:-1]:
        if type(step).__name__ not in {"StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler"}:
            raise ValueError(f"its {type(step).__name__} may mix columns")
        rows = step.transform(rows)
    return (original.steps[-1][1] if hasattr(original, "steps") else original), np.asarray(rows, dtype=np.float64)


def _said(model: Any, original: Any, rows: np.ndarray, table: list[np.ndarray], output: str, place: int) -> np.ndarray:
    """The number that is explained, for each row, as the model itself gives it."""
    if output == MARGIN:
        found = _margin(original, rows)
    else:
        answered = model.predict(table, more=True, params=None)
        name = output.partition("[")[0]
        if name not in answered.names:
            raise ValueError(f"there is no {name}")
        found = answered.arrays[answered.names.index(name)]
    found = np.asarray(found)
    if found.dtype.kind not in "fiu":
        raise ValueError(f"{output} is no number")
    if found.ndim > 1:
        found = found[:, min(place, found.shape[1] - 1)]
    elif output.endswith("]"):
        raise ValueError(f"there is no {output}")
    return found.astype(np.float64)


def _margin(original: Any, rows: np.ndarray) -> np.ndarray:
    if hasattr(original, "decision_function"):
        return np.asarray(original.decision_function(rows))
    library = type(original).__module__.partition(".")[0]
    if library == "xgboost":
        booster = original.get_booster() if hasattr(original, "get_booster") else original
        return np.asarray(booster.inplace_predict(rows, predict_type="margin", validate_features=False))
    if library == "lightgbm":
        return np.asarray(getattr(original, "booster_", original).predict(rows, raw_score=True))
    if library == "catboost":
        return np.asarray(original.predict(rows, prediction_type="RawFormulaVal", thread_count=1))
    raise ValueError(f"{type(original).__name__} has no margin")


def _line(original: Any, rows: np.ndarray, place: int) -> np.ndarray:
    weights = np.atleast_2d(original.coef_)
    weight = weights[min(place, len(weights) - 1)]
    return np.asarray(weight * (rows[0] - rows[1:].mean(axis=0)))


def _check(trees: list[Tree], rows: np.ndarray, said: np.ndarray) -> None:
    """Whether the leaves make what the model says of each row, but for a constant."""
    made = np.array([math.fsum(_leaf(tree, row) for tree in trees) for row in rows])
    apart = (made - made[0]) - (said - said[0])
    if not np.all(np.abs(apart) <= _tolerance(said) + _RELATIVE * np.abs(said - said[0])):
        raise ValueError("its leaves do not add up to this number; ask for the margin")


def _tolerance(said: np.ndarray) -> float:
    return float(_ABSOLUTE + _RELATIVE * 0.1 * max(np.abs(said).max(), 1e-3))


def _leaf(tree: Tree, row: np.ndarray) -> float:
    ways, node = tree.ways(row), 0
    while tree.feature[node] >= 0:
        node = ways[node]
    return float(tree.values[node])


def _shares(trees: list[Tree], rows: np.ndarray) -> np.ndarray:
    """The mean over the background rows, which are all but the first."""
    walk = _Walk(rows.shape[1])
    for tree in trees:
        mine = tree.ways(rows[0])
        for other in rows[1:]:
            walk.through(tree, mine, tree.ways(other))
    return walk.shares / (len(rows) - 1)


class _Walk:
    """Adds up what each leaf that can be reached gives to each feature."""

    def __init__(self, features: int) -> None:
        self.shares = np.zeros(features)
        self._visits = 0

    def through(self, tree: Tree, mine: list[int], others: list[int]) -> None:
        waiting: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = [(0, (), ())]
        while waiting:
            self._visits += 1
            node, ours, theirs = waiting.pop()
            feature = tree.feature[node]
            if feature < 0:
                self._leaf(tree.values[node], ours, theirs)
            elif mine[node] == others[node] or feature in ours:
                waiting.append((mine[node], ours, theirs))
            elif feature in theirs:
                waiting.append((others[node], ours, theirs))
            else:
                waiting.append((mine[node], (*ours, feature), theirs))
                waiting.append((others[node], ours, (*theirs, feature)))
        if self._visits > _MOST_VISITS:
            raise ValueError("its trees are too large to be walked through")

    def _leaf(self, value: float, ours: tuple[int, ...], theirs: tuple[int, ...]) -> None:
        a, b = len(ours), len(theirs)
        if a:
            self.shares[list(ours)] += value / (a * math.comb(a + b, a))
        if b:
            self.shares[list(theirs)] -= value / (b * math.comb(a + b, b))
