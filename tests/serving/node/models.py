"""Real models on real data, written in MLflow's layout as any client would have left them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
import yaml
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_breast_cancer

DATA = load_breast_cancer()
FEATURES = [str(name) for name in DATA.feature_names]
ROWS: np.ndarray = DATA.data
LABELS: np.ndarray = DATA.target


def double_columns(names: list[str]) -> list[dict[str, Any]]:
    return [{"type": "double", "name": name, "required": True} for name in names]


def write_mlmodel(
    folder: Path,
    flavors: dict[str, Any],
    inputs: list[dict[str, Any]] | None,
    outputs: list[dict[str, Any]] | None = None,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {"flavors": flavors}
    if inputs is not None:
        document["signature"] = {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs or [])}
    (folder / "MLmodel").write_text(yaml.safe_dump(document))
    return folder


def write_sklearn(folder: Path, model: Any, inputs: list[dict[str, Any]] | None = None) -> Path:
    """A scikit-learn model as `mlflow.sklearn.save_model(..., serialization_format="cloudpickle")` leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.pkl")
    flavors = {
        "python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "predict_fn": "predict"},
        "sklearn": {
            "pickled_model": "model.pkl",
            "serialization_format": "cloudpickle",
            "sklearn_version": sklearn.__version__,
        },
    }
    return write_mlmodel(folder, flavors, double_columns(FEATURES) if inputs is None else inputs)


def write_onnx(folder: Path, content: bytes, inputs: list[dict[str, Any]] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(content)
    flavors = {"onnx": {"data": "model.onnx"}, "python_function": {"loader_module": "mlflow.onnx"}}
    return write_mlmodel(folder, flavors, double_columns(FEATURES) if inputs is None else inputs)


def linear_onnx(weight: float) -> bytes:
    """A graph `predict = sum(weight * x)` over rows of 30 doubles, of shape (rows,)."""
    weights = numpy_helper.from_array(np.full((len(FEATURES),), weight), "weights")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "weights"], ["predict"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, len(FEATURES)])],
        [helper.make_tensor_value_info("predict", TensorProto.DOUBLE, [None])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())
