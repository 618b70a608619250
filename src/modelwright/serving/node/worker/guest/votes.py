"""Forests of two classes as the sum they are: one number a leaf, which runtimes keep in the leaf itself.

A `TreeEnsembleClassifier` looks its leaves' votes up in a table beside the trees, which no cache holds while others use
the processor too: more than a third of the time of 100 trees (sampled in a node under load, onnxruntime 1.31).
"""

from __future__ import annotations

from typing import Any

import onnx
from onnx import TensorProto, helper

_ONE, _REST, _PLACE, _CLASSES = "votes_one", "votes_rest", "votes_place", "votes_classes"


def sum_votes(graph: Any) -> None:
    """Rewrite a converted forest of two classes in place; any other graph stays as it is."""
    for at, node in enumerate(graph.graph.node):
        if node.op_type != "TreeEnsembleClassifier":
            continue
        found = {attribute.name: attribute for attribute in node.attribute}
        classes = _two_classes(found)
        if classes is None:
            continue
        del graph.graph.node[at]
        for place, made in enumerate(_made(node, found)):
            graph.graph.node.insert(at + place, made)
        graph.graph.initializer.extend([helper.make_tensor(_ONE, TensorProto.FLOAT, [1], [1.0]), classes])
        return


def _two_classes(found: dict[str, Any]) -> Any:
    """The labels as a tensor; None where leaves vote for more than one of two classes, or something comes after."""
    if set(found["class_ids"].ints) != {0} or found["post_transform"].s != b"NONE":
        return None
    whole = "classlabels_int64s" in found
    labels = found["classlabels_int64s"].ints if whole else found["classlabels_strings"].strings
    if len(labels) != 2:  # noqa: PLR2004  # a forest of one class votes in the same way
        return None
    return helper.make_tensor(_CLASSES, TensorProto.INT64 if whole else TensorProto.STRING, [2], labels)


def _made(node: Any, found: dict[str, Any]) -> list[Any]:
    label, probabilities = node.output
    votes = f"{probabilities}_of_the_second"
    trees = helper.make_node("TreeEnsembleRegressor", node.input, [votes], domain=node.domain, n_targets=1)
    trees.attribute.extend(one for name, one in found.items() if name.startswith("nodes_"))
    for name in ("ids", "nodeids", "treeids", "weights"):
        moved = onnx.AttributeProto()
        moved.CopyFrom(found[f"class_{name}"])
        moved.name = f"target_{name}"
        trees.attribute.append(moved)
    return [
        trees,
        helper.make_node("Sub", [_ONE, votes], [_REST]),
        helper.make_node("Concat", [_REST, votes], [probabilities], axis=1),
        helper.make_node("ArgMax", [probabilities], [_PLACE], axis=1, keepdims=0),
        helper.make_node("Gather", [_CLASSES, _PLACE], [label]),
    ]
