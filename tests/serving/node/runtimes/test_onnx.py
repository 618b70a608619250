"""What a graph gives, as an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from modelwright.serving.node.answers import Answer
from modelwright.serving.node.runtimes.forest import Forest
from modelwright.serving.node.runtimes.onnx import ForestPredictor, OnnxPredictor
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Table
from modelwright.serving.node.worker.guest.exact import flattened
from modelwright.serving.node.worker.guest.inputs import Inputs
from modelwright.serving.node.worker.guest.runtimes.onnx import OnnxModel
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import write_onnx

ROWS = np.random.default_rng(4).normal(size=(60, 3)).astype(np.float32)
LABELS = np.where(ROWS[:, 0] > 0, "high", "low")


def tensor(kind: str, width: int) -> list[dict[str, Any]]:
    return [{"type": "tensor", "tensor-spec": {"dtype": kind, "shape": [-1, width]}}]


class Asked:
    """A converted forest whose first output is what the model was logged to answer: probabilities."""

    signature: Signature | None = None
    engine = "onnx"
    mixes = True
    outputs: tuple[Column, ...] = (
        Column(name="predict", kind=Kind.FP64, dims=(2,)),
        Column(name="predict_proba", kind=Kind.FP64, dims=(2,)),
    )

    def predict(self, table: Table, *, more: bool) -> Answer:
        halves = np.full((len(table[0]), 2), 0.5)
        return Answer(("predict", "predict_proba"), [halves, halves])

    def features(self, table: Table, answer: Answer, rows: np.ndarray) -> np.ndarray:
        found: np.ndarray = table[0][rows]
        return found


@pytest.mark.parametrize("labels", [LABELS, (LABELS == "high").astype(int)], ids=["texts", "numbers"])
def test_near_ties_of_a_forest_that_is_asked_for_probabilities_are_probabilities(
    tmp_path: Path, labels: np.ndarray
) -> None:
    """The class was written in their place, where it was a number."""
    forest = RandomForestClassifier(10, random_state=1).fit(ROWS, labels)
    trees = flattened(forest)
    assert trees is not None
    np.savez(tmp_path / "trees.npz", **trees)  # type: ignore[arg-type]  # the stub mistakes names for options
    predictor = ForestPredictor(Asked(), Forest(tmp_path / "trees.npz"), forest.classes_.tolist())

    for more in (False, True):
        answer = predictor.predict([ROWS], more=more)
        for array in answer.arrays:
            np.testing.assert_allclose(forest.predict_proba(ROWS), array)


def zip_map(labels: np.ndarray) -> bytes:
    """As skl2onnx converts a classifier unless it is told otherwise."""
    model = LogisticRegression().fit(ROWS, labels)
    found = convert_sklearn(model, initial_types=[("x", FloatTensorType([None, 3]))], target_opset={"": 17})
    return bytes(found.SerializeToString())


@pytest.mark.parametrize("labels", [LABELS, (LABELS == "high").astype(int)], ids=["texts", "numbers"])
def test_probabilities_by_class_are_answered_by_row(
    tmp_path: Path, node: LiveNode, shelf: Shelf, labels: np.ndarray
) -> None:
    """Over each protocol; such a graph could not be served."""
    folder = write_onnx(tmp_path / "model", zip_map(labels), tensor("float32", 3))
    node.serve(shelf.route(folder))
    expected = LogisticRegression().fit(ROWS, labels)
    rows = ROWS[:4].tolist()
    scored = node.http.post("/invocations", json={"inputs": rows}).json()["predictions"]
    asked = {"name": "x", "shape": [4, 3], "datatype": "FP32", "data": ROWS[:4].reshape(-1).tolist()}
    inferred = node.http.post("/v2/models/api/infer", json={"inputs": [asked]})

    assert expected.predict(ROWS[:4]).tolist() == scored["output_label"]
    for row, found in zip(expected.predict_proba(ROWS[:4]), scored["output_probability"], strict=True):
        assert list(map(str, expected.classes_)) == list(found)
        np.testing.assert_allclose(row, list(found.values()), rtol=1e-5)
    assert 200 == inferred.status_code, inferred.text
    assert ["INT64" if labels is not LABELS else "BYTES", "BYTES"] == [
        one["datatype"] for one in inferred.json()["outputs"]
    ]


def identity(folder: Path) -> Path:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "same",
        [helper.make_tensor_value_info("x", TensorProto.STRING, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.STRING, [None, 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return write_onnx(folder, bytes(model.SerializeToString()), tensor("str", 2))


def test_a_worker_gives_texts_to_a_graph_as_texts(tmp_path: Path) -> None:
    """A binary request brings their bytes, of which ONNX Runtime takes what Python shows."""
    folder = identity(tmp_path / "model")
    column = {"name": "x", "kind": "BYTES", "dims": [2], "logical": None}
    model = OnnxModel(str(folder / "model.onnx"), Inputs({"tensors": True, "columns": [column], "groups": [[0]]}))
    texts = np.array([[b"a", "b"], ["\u00e9".encode(), "d"]], dtype=object)

    [found] = model.predict([texts], more=False, params=None).arrays
    [inside] = OnnxPredictor(folder / "model.onnx", None).predict([texts], more=False).arrays

    assert [["a", "b"], ["\u00e9", "d"]] == found.tolist() == inside.tolist()
