"""The models every serving benchmark uses, in the folders that the servers read, so that all compute the same thing."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import joblib
import msgspec
import numpy as np
import sklearn
import yaml
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

ROWS = 5_000
FEATURES = 30
SEED = 7
NAMES = [f"f{place}" for place in range(FEATURES)]
# A class that a pickle brings along as code, as cloudpickle does it, so that a worker needs nothing of ours to open it.
HANGS = """
import time
class Hangs:
    n_features_in_ = 30
    def predict(self, rows):
        if rows.any():  # not on the row of zeros that a worker tries when it has loaded
            time.sleep(3600)
        return rows[:, 0]
"""
Model = Any  # an estimator; scikit-learn has no types


class _Hangs:
    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (f"(lambda names: (exec({HANGS!r}, names), names['Hangs']())[1])({{}})",)


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(SEED)
    rows = random.normal(size=(ROWS, FEATURES))
    labels = (rows[:, :5].sum(axis=1) + random.normal(scale=0.5, size=ROWS) > 0).astype(np.int64)
    return rows, labels


def train(kind: str) -> Model:
    rows, labels = data()
    if kind == "forest":
        return RandomForestClassifier(100, max_depth=12, random_state=SEED, n_jobs=1).fit(rows, labels)
    return LogisticRegression().fit(rows, labels)


def write(folder: Path, model: Model, *, tensor: bool = False) -> None:
    """MLflow's layout, which ours and MLflow's server read, and `model.joblib`, which the others do.

    `tensor`: a signature of one matrix instead of thirty named columns, which is MLflow's quicker form.
    """
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    joblib.dump(model, folder / "model.joblib")
    flavors = {
        "python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "predict_fn": "predict"},
        "sklearn": {
            "pickled_model": "model.pkl",
            "serialization_format": "cloudpickle",
            "sklearn_version": sklearn.__version__,
        },
    }
    matrix = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, FEATURES]}}]
    _describe(folder, flavors, matrix if tensor else _columns("double"))


def write_onnx(folder: Path, model: Model) -> None:
    """`model.onnx`: rows in single precision as `inputs`, the class as its only output `label`."""
    folder.mkdir(parents=True)
    rows, _ = data()
    made = to_onnx(model, rows[:1].astype(np.float32), options={"zipmap": False})
    made.graph.input[0].name = "inputs"
    for node in made.graph.node:
        node.input[:] = ["inputs" if name == "X" else name for name in node.input]
    del made.graph.output[1:]  # the probabilities, which not every server would be asked for
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    flavors = {"onnx": {"data": "model.onnx"}, "python_function": {"loader_module": "mlflow.onnx"}}
    matrix = [{"type": "tensor", "name": "inputs", "tensor-spec": {"dtype": "float32", "shape": [-1, FEATURES]}}]
    _describe(folder, flavors, matrix)


def write_bad(folder: Path) -> None:
    """A pickled model that loads, and hangs on every call but the first."""
    folder.mkdir(parents=True)
    (folder / "model.pkl").write_bytes(pickle.dumps(_Hangs()))
    flavors: dict[str, Any] = {
        "python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "predict_fn": "predict"},
        "sklearn": {"pickled_model": "model.pkl", "serialization_format": "pickle"},
    }
    matrix = [{"type": "tensor", "name": "inputs", "tensor-spec": {"dtype": "float32", "shape": [-1, FEATURES]}}]
    _describe(folder, flavors, matrix)


def write_csv(path: Path, rows: int) -> None:
    values = np.random.default_rng(SEED).normal(size=(rows, FEATURES))
    np.savetxt(path, values, delimiter=",", header=",".join(NAMES), comments="", fmt="%.17g")


def _columns(kind: str) -> list[dict[str, Any]]:
    return [{"type": kind, "name": name, "required": True} for name in NAMES]


def _describe(folder: Path, flavors: dict[str, Any], inputs: list[dict[str, Any]]) -> None:
    document = {"flavors": flavors, "signature": {"inputs": json.dumps(inputs)}}
    (folder / "MLmodel").write_text(yaml.safe_dump(document))


def _rows(count: int) -> list[list[float]]:
    rows, _ = data()
    found: list[list[float]] = rows[:count].round(4).tolist()
    return found


def _bodies(wrap: Any, count: int) -> list[str]:
    return [msgspec.json.encode(wrap(row)).decode() for row in _rows(count)]


def v2_bodies(count: int, kind: str = "FP64") -> list[str]:
    shape = [1, FEATURES]
    return _bodies(lambda row: {"inputs": [{"name": "inputs", "shape": shape, "datatype": kind, "data": row}]}, count)


def v2_single_bodies(count: int) -> list[str]:
    return v2_bodies(count, "FP32")


def split_bodies(count: int) -> list[str]:
    return _bodies(lambda row: {"dataframe_split": {"columns": NAMES, "data": [row]}}, count)


def matrix_bodies(count: int) -> list[str]:
    return _bodies(lambda row: {"inputs": [row]}, count)


def plain_bodies(count: int) -> list[str]:
    return _bodies(lambda row: {"input": row}, count)


def bento_bodies(count: int) -> list[str]:
    return _bodies(lambda row: {"rows": [row]}, count)
