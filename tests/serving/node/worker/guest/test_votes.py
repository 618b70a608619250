from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
import skl2onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from modelwright.serving.node.worker.guest.votes import sum_votes

WIDTH = 4
ROWS = np.random.default_rng(7).normal(size=(400, WIDTH))
ABOVE = ROWS[:, 0] + ROWS[:, 1] > 0


def _graph(forest: Any, kind: type = FloatTensorType) -> Any:
    types, options, opset = [("X", kind([None, WIDTH]))], {id(forest): {"zipmap": False}}, {"": 17, "ai.onnx.ml": 3}
    return skl2onnx.convert_sklearn(forest, initial_types=types, options=options, target_opset=opset)


def _asked(graph: Any, rows: np.ndarray) -> list[np.ndarray]:
    session = ort.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(None, {"X": rows}))


@pytest.mark.parametrize("kind", [RandomForestClassifier, ExtraTreesClassifier])
@pytest.mark.parametrize("classes", [(0, 1), (3, -7), ("no", "yes"), (False, True)])
def test_a_forest_of_two_classes_answers_to_the_bit_as_before(kind: Any, classes: tuple[Any, Any]) -> None:
    forest = kind(20, random_state=1).fit(ROWS, np.where(ABOVE, classes[1], classes[0]))
    graph = _graph(forest)
    rows = np.random.default_rng(8).normal(scale=3, size=(1000, WIDTH)).astype(np.float32)
    before = _asked(graph, rows)
    sum_votes(graph)
    after = _asked(graph, rows)
    assert "TreeEnsembleRegressor" in {node.op_type for node in graph.graph.node}
    assert before[1].tobytes() == after[1].tobytes()
    apart = np.abs(before[1][:, 0] - before[1][:, 1]) > 1e-5
    assert before[0].dtype == after[0].dtype
    assert (before[0] == after[0])[apart].all()


def test_rows_in_double_precision_and_missing_values_take_the_same_ways() -> None:
    holes = np.where(np.random.default_rng(9).random(ROWS.shape) < 0.2, np.nan, ROWS)
    graph = _graph(RandomForestClassifier(20, random_state=1).fit(ROWS, ABOVE), DoubleTensorType)
    marks = next(one for one in graph.graph.node[0].attribute if one.name == "nodes_missing_value_tracks_true")
    marks.ints[:] = np.random.default_rng(10).integers(0, 2, len(marks.ints)).tolist()
    before = _asked(graph, holes)
    sum_votes(graph)
    # Votes are added up in double precision then, and what is left of one is cut to single after that or before.
    np.testing.assert_allclose(_asked(graph, holes)[1], before[1], rtol=0, atol=1e-7)


@pytest.mark.parametrize("labels", [np.digitize(ROWS[:, 0], [-0.5, 0.5]), np.zeros(len(ROWS), dtype=int)])
def test_other_numbers_of_classes_are_left_as_they_are(labels: np.ndarray) -> None:
    graph = _graph(RandomForestClassifier(5, random_state=1).fit(ROWS, labels))
    before = graph.SerializeToString()
    sum_votes(graph)
    assert graph.SerializeToString() == before
