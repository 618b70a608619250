"""Missing values in forests: scikit-learn sends them left or right at each node, and converters leave out which."""

from __future__ import annotations

from typing import Any

import numpy as np

_ROWS = 500
_SHARE = 0.1
_SEED = 21


def takes_missing(predict: Any, row: np.ndarray) -> bool:
    """Whether a row with NaN in its first column is answered."""
    spoilt = row.copy()
    spoilt[0, 0] = np.nan
    try:
        predict(spoilt)
    except ValueError:
        return False
    return True


def with_missing(rows: np.ndarray) -> np.ndarray:
    """These rows, and some of them once more with holes."""
    random = np.random.default_rng(_SEED)
    again = rows[random.integers(0, len(rows), size=_ROWS)].astype(np.float64)
    return np.concatenate([rows, np.where(random.random(again.shape) < _SHARE, np.nan, again)])


def goes_left(tree: Any) -> np.ndarray:
    """By node of a scikit-learn tree, whether missing values go left; before they were known, nothing was said."""
    return np.asarray(getattr(tree, "missing_go_to_left", np.zeros(tree.node_count)), dtype=bool)


def mark_missing(graph: Any, forest: Any) -> None:
    """Write into a converted forest where missing values go."""
    trees = [goes_left(one.tree_) for one in forest.estimators_]
    for node in graph.graph.node:
        if not node.op_type.startswith("TreeEnsemble"):
            continue
        found = {attribute.name: attribute for attribute in node.attribute}
        places = zip(found["nodes_treeids"].ints, found["nodes_nodeids"].ints, strict=True)
        marks = [int(trees[tree][place]) for tree, place in places]
        del found["nodes_missing_value_tracks_true"].ints[:]
        found["nodes_missing_value_tracks_true"].ints.extend(marks)
