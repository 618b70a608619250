"""Models that are sums of trees, as arrays: forests and boosters of scikit-learn, XGBoost, LightGBM, CatBoost.

What is read here is believed only where the sum of the leaves is what the model itself answers (see `explain`).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Tree:
    """Nodes by number, 0 the root. `feature` is -1 at leaves; `values` counts there. `goes_left` asks a whole row."""

    def __init__(
        self,
        feature: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        values: np.ndarray,
        goes_left: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """`goes_left` takes the values that a row has of each node's feature, and gives a truth value for each node."""
        self.feature = feature.tolist()
        self.left = left.tolist()
        self.right = right.tolist()
        self.values = values.tolist()
        self._of = np.maximum(feature, 0)
        self._goes_left = goes_left

    def ways(self, row: np.ndarray) -> list[int]:
        """Where the row goes from each node."""
        left = self._goes_left(row[self._of])
        return [a if yes else b for a, b, yes in zip(self.left, self.right, left.tolist(), strict=True)]


def trees_of(model: Any, output: int) -> Iterator[Tree]:
    """The trees whose leaves sum up to one output, but for a constant. Raises ValueError for what is no such model."""
    library = type(model).__module__.partition(".")[0]
    if library == "xgboost":
        yield from _xgboost(model if not hasattr(model, "get_booster") else model.get_booster(), output)
    elif library == "lightgbm":
        yield from _lightgbm(getattr(model, "booster_", model), output)
    elif library == "catboost":
        yield from _catboost(model, output)
    elif hasattr(model, "_predictors"):
        yield from (_histogram(stage[min(output, len(stage) - 1)]) for stage in model._predictors)  # noqa: SLF001  # no other way in
    elif hasattr(model, "init_") and hasattr(model, "learning_rate"):
        for stage in model.estimators_:
            yield _sklearn(stage[min(output, len(stage) - 1)].tree_, 0, model.learning_rate)
    elif hasattr(model, "estimators_") and all(hasattr(one, "tree_") for one in model.estimators_):
        for one in model.estimators_:
            yield _sklearn(one.tree_, output, 1 / len(model.estimators_), fractions=hasattr(model, "classes_"))
    elif hasattr(model, "tree_"):
        yield _sklearn(model.tree_, output, 1.0, fractions=hasattr(model, "classes_"))
    else:
        raise ValueError(f"{type(model).__name__} is no sum of trees")


def _sklearn(tree: Any, output: int, weight: float, *, fractions: bool = False) -> Tree:
    values = np.asarray(tree.value)[:, 0, :]
    if fractions:
        values = values / values.sum(axis=1, keepdims=True)
    threshold = tree.threshold
    missing = np.asarray(getattr(tree, "missing_go_to_left", np.zeros(len(threshold)))).astype(bool)

    def goes_left(given: np.ndarray) -> np.ndarray:
        seen = given.astype(np.float32)
        return np.where(np.isnan(seen), missing, seen <= threshold)

    place = min(output, values.shape[1] - 1)
    return Tree(tree.feature, tree.children_left, tree.children_right, values[:, place] * weight, goes_left)


def _histogram(predictor: Any) -> Tree:
    nodes = predictor.nodes
    if nodes["is_categorical"].any():
        raise ValueError("splits by categories are not read")
    threshold, missing = nodes["num_threshold"], nodes["missing_go_to_left"].astype(bool)
    feature = np.where(nodes["is_leaf"], -1, nodes["feature_idx"].astype(np.int64))

    def goes_left(given: np.ndarray) -> np.ndarray:
        return _at_most(given, threshold, missing)

    return Tree(feature, nodes["left"].astype(np.int64), nodes["right"].astype(np.int64), nodes["value"], goes_left)


class _Growing:
    """A tree from nested objects."""

    def __init__(self) -> None:
        self.feature: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.values: list[float] = []
        self.threshold: list[float] = []
        self.missing: list[bool] = []

    def node(self, *, feature: int = -1, value: float = 0.0, threshold: float = 0.0, missing: bool = False) -> int:
        self.feature.append(feature)
        self.left.append(-1)
        self.right.append(-1)
        self.values.append(value)
        self.threshold.append(threshold)
        self.missing.append(missing)
        return len(self.feature) - 1

    def tree(self, goes_left: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Tree:
        threshold, missing = np.array(self.threshold), np.array(self.missing)
        feature, left, right = np.array(self.feature), np.array(self.left), np.array(self.right)
        return Tree(feature, left, right, np.array(self.values), lambda given: goes_left(given, threshold, missing))


def _xgboost(booster: Any, output: int) -> Iterator[Tree]:
    dumped = booster.get_dump(dump_format="json")
    names = {name: place for place, name in enumerate(booster.feature_names or [])}
    classes = max(1, len(dumped) // (booster.num_boosted_rounds() * _parallel(booster)))
    for number, text in enumerate(dumped):
        if number // _parallel(booster) % classes == min(output, classes - 1):
            growing = _Growing()
            _grow_xgboost(growing, json.loads(text), names)
            yield growing.tree(_below)


def _parallel(booster: Any) -> int:
    learner = json.loads(booster.save_config())["learner"]["gradient_booster"]
    said = learner.get("gbtree_model_param") or learner.get("gbtree", {}).get("gbtree_model_param", {})
    return max(1, int(said.get("num_parallel_tree", 1)))


def _grow_xgboost(growing: _Growing, node: dict[str, Any], names: dict[str, int]) -> int:
    if "leaf" in node:
        return growing.node(value=float(node["leaf"]))
    if isinstance(node["split_condition"], list):
        raise ValueError("splits by categories are not read")  # noqa: TRY004  # the model's, not ours
    feature = names[node["split"]] if names else int(node["split"].removeprefix("f"))
    here = growing.node(
        feature=feature, threshold=float(node["split_condition"]), missing=node["missing"] == node["yes"]
    )
    children = {one["nodeid"]: one for one in node["children"]}
    growing.left[here] = _grow_xgboost(growing, children[node["yes"]], names)
    growing.right[here] = _grow_xgboost(growing, children[node["no"]], names)
    return here


def _below(given: np.ndarray, threshold: np.ndarray, missing: np.ndarray) -> np.ndarray:
    seen = given.astype(np.float32)
    return np.where(np.isnan(seen), missing, seen < threshold.astype(np.float32))


def _lightgbm(booster: Any, output: int) -> Iterator[Tree]:
    dumped = booster.dump_model()
    classes = dumped["num_tree_per_iteration"]
    weight = 1 / max(1, len(dumped["tree_info"]) // classes) if dumped.get("average_output") else 1.0
    for number, one in enumerate(dumped["tree_info"]):
        if number % classes == min(output, classes - 1):
            growing = _Growing()
            _grow_lightgbm(growing, one["tree_structure"], weight)
            yield growing.tree(_at_most)


def _grow_lightgbm(growing: _Growing, node: dict[str, Any], weight: float) -> int:
    if "split_feature" not in node:
        return growing.node(value=node["leaf_value"] * weight)
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        raise ValueError(f"splits by {node['decision_type']} with missing {node['missing_type']} are not read")
    # Where no missing values were seen, one counts as zero.
    missing = node["default_left"] if node["missing_type"] == "NaN" else node["threshold"] >= 0
    here = growing.node(feature=node["split_feature"], threshold=node["threshold"], missing=missing)
    growing.left[here] = _grow_lightgbm(growing, node["left_child"], weight)
    growing.right[here] = _grow_lightgbm(growing, node["right_child"], weight)
    return here


def _at_most(given: np.ndarray, threshold: np.ndarray, missing: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(given), missing, given <= threshold)


def _catboost(model: Any, output: int) -> Iterator[Tree]:
    """From the model's own export, which CatBoost writes to a file only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        said = json.loads(path.read_bytes())
    weight, offsets = said["scale_and_bias"]
    place = _Place(min(output, len(offsets) - 1), len(offsets), weight)
    features = said["features_info"].get("float_features", [])
    for tree in said.get("oblivious_trees", []):
        growing = _Growing()
        _grow_level(growing, tree["splits"], tree["leaf_values"], features, place)
        yield growing.tree(_not_above)
    for tree in said.get("trees", []):
        growing = _Growing()
        _grow_catboost(growing, tree, features, place)
        yield growing.tree(_not_above)


class _Place(NamedTuple):
    """Which of the numbers of a leaf, of how many, counts, and how much."""

    output: int
    outputs: int
    weight: float

    def of(self, leaf: Any, number: int = 0) -> float:
        values = leaf if isinstance(leaf, list) else [leaf]
        return float(values[number * self.outputs + self.output]) * self.weight


def _grow_level(
    growing: _Growing, splits: list[dict[str, Any]], leaves: Any, features: list[Any], place: _Place, leaf: int = 0
) -> int:
    """A tree that asks the same on each level, its last question first; the answers are the bits of a leaf's number."""
    if not splits:
        return growing.node(value=place.of(leaves, leaf))
    *others, split = splits
    here = _catboost_split(growing, split, features)
    growing.left[here] = _grow_level(growing, others, leaves, features, place, leaf)
    growing.right[here] = _grow_level(growing, others, leaves, features, place, leaf | 1 << len(others))
    return here


def _grow_catboost(growing: _Growing, node: dict[str, Any], features: list[Any], place: _Place) -> int:
    if "split" not in node:
        return growing.node(value=place.of(node["value"]))
    here = _catboost_split(growing, node["split"], features)
    growing.left[here] = _grow_catboost(growing, node["left"], features, place)
    growing.right[here] = _grow_catboost(growing, node["right"], features, place)
    return here


def _catboost_split(growing: _Growing, split: dict[str, Any], features: list[dict[str, Any]]) -> int:
    if split["split_type"] != "FloatFeature":
        raise ValueError(f"splits by {split['split_type']} are not read")
    feature = features[split["float_feature_index"]]
    below = feature.get("nan_value_treatment") != "AsTrue"
    return growing.node(feature=feature["flat_feature_index"], threshold=split["border"], missing=below)


def _not_above(given: np.ndarray, threshold: np.ndarray, missing: np.ndarray) -> np.ndarray:
    seen = given.astype(np.float32)
    return np.where(np.isnan(seen), missing, seen <= threshold.astype(np.float32))
