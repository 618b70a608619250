"""The model every serving benchmark uses, in the folders that the servers read, so that all compute the same thing."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import msgspec
import numpy as np
import sklearn
import yaml
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

ROWS = 5_000
FEATURES = 30
SEED = 7
NAMES = [f"f{place}" for place in range(FEATURES)]


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(SEED)
    rows = random.normal(size=(ROWS, FEATURES))
    labels = (rows[:, :5].sum(axis=1) + random.normal(scale=0.5, size=ROWS) > 0).astype(np.int64)
    return rows, labels


def train(kind: str) -> RandomForestClassifier | LogisticRegression:
    rows, labels = data()
    if kind == "forest":
        return RandomForestClassifier(100, max_depth=12, random_state=SEED, n_jobs=1).fit(rows, labels)
    return LogisticRegression().fit(rows, labels)


def write(folder: Path, model: RandomForestClassifier | LogisticRegression) -> None:
    """MLflow's layout, which ours and MLflow's server read, and `model.joblib`, which the others do."""
    folder.mkdir(parents=True)
    joblib.dump(model, folder / "model.pkl")
    joblib.dump(model, folder / "model.joblib")
    signature = json.dumps([{"type": "double", "name": name, "required": True} for name in NAMES])
    document = {
        "flavors": {
            "python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "predict_fn": "predict"},
            "sklearn": {
                "pickled_model": "model.pkl",
                "serialization_format": "cloudpickle",
                "sklearn_version": sklearn.__version__,
            },
        },
        "signature": {"inputs": signature},
    }
    (folder / "MLmodel").write_text(yaml.safe_dump(document))


def v2_bodies(count: int) -> list[str]:
    rows, _ = data()
    return [
        msgspec.json.encode(
            {"inputs": [{"name": "inputs", "shape": [1, FEATURES], "datatype": "FP64", "data": row.tolist()}]}
        ).decode()
        for row in rows[:count].round(4)
    ]


def split_bodies(count: int) -> list[str]:
    rows, _ = data()
    return [
        msgspec.json.encode({"dataframe_split": {"columns": NAMES, "data": [row.tolist()]}}).decode()
        for row in rows[:count].round(4)
    ]


def plain_bodies(count: int) -> list[str]:
    rows, _ = data()
    return [msgspec.json.encode({"input": row.tolist()}).decode() for row in rows[:count].round(4)]
