"""Attribute answers of XGBoost and CatBoost from the inside, and hold them against the definition and the law.

argv: the folder of the guest. Runs in an environment with both libraries and scikit-learn. Prints JSON: for each model,
{"definition": the largest difference of a share from the definition over all coalitions, "law": the largest difference
of base and shares from the model's own raw answer over many rows, "scale": the largest of those answers, "method"}. For
what is not read, {"refused": why}.
"""

import json
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import numpy as np
import pandas as pd
import xgboost
from definition import Worth, by_definition  # type: ignore[import-not-found]  # beside this program
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

sys.path.insert(0, sys.argv[1])
from guest.explain import explained  # type: ignore[import-not-found]  # as a worker finds it
from guest.inputs import Inputs  # type: ignore[import-not-found]
from guest.runtimes.catboost import load as open_catboost  # type: ignore[import-not-found]
from guest.runtimes.xgboost import load as open_xgboost  # type: ignore[import-not-found]
from guest.trees import trees_of  # type: ignore[import-not-found]

WIDTH, BACKGROUND, TRIES = 6, 5, 40
CANCER, CLASSES = load_breast_cancer(return_X_y=True)
DIABETES, SEVERITY = load_diabetes(return_X_y=True)
IRIS, KINDS = load_iris(return_X_y=True)
CANCER, DIABETES = CANCER[:, :WIDTH], DIABETES[:, :WIDTH]
HOLED = CANCER.copy()
HOLED[::5, 2] = np.nan
HOLED[1::7, 0] = np.nan
Cat, CatClasses = catboost.CatBoostRegressor, catboost.CatBoostClassifier
quiet = {"iterations": 25, "verbose": False, "allow_writing_files": False, "random_seed": 1, "thread_count": 1}


def reopened(model: Any, width: int) -> Any:
    """The model as a worker has it, from the library's own file."""
    columns: list[dict[str, Any]] = [
        {"name": f"c{place}", "kind": "FP64", "dims": [], "logical": None} for place in range(width)
    ]
    inputs = Inputs({"tensors": False, "columns": columns, "groups": [list(range(width))]})
    of_xgboost = type(model).__module__.startswith("xgboost")
    with tempfile.TemporaryDirectory() as folder:
        name = "model.ubj" if of_xgboost else "model.cb"
        model.save_model(str(Path(folder) / name))
        kind = type(model).__name__
        if of_xgboost:
            return open_xgboost(folder, {"data": name, "model_class": kind}, inputs, {})
        return open_catboost(folder, {"data": name, "model_type": kind}, inputs, {})


def raw(model: Any, place: int) -> Worth:
    def worth(rows: np.ndarray) -> np.ndarray:
        if isinstance(model, xgboost.Booster):
            found = model.inplace_predict(rows, predict_type="margin", validate_features=False)
        elif hasattr(model, "get_booster"):
            found = model.predict(rows, output_margin=True)
        else:
            found = model.predict(rows, prediction_type="RawFormulaVal")
        found = np.asarray(found, dtype=np.float64)
        return found[:, place] if found.ndim > 1 else found

    return worth


def held(model: Any, rows: np.ndarray, output: str) -> dict[str, Any]:
    opened = reopened(model, rows.shape[1])
    # A margin of several classes is that of the second, as `explained` has it.
    worth = raw(opened.original, 1)
    random = np.random.default_rng(3)
    table = rows[random.integers(0, len(rows), 1 + BACKGROUND)]
    said, (values,) = explained(opened, [table], output)
    apart, law, scale = np.abs(values - by_definition(worth, table[0], table[1:])).max(), 0.0, 0.0
    for _ in range(TRIES):
        table = rows[random.integers(0, len(rows), 1 + BACKGROUND)]
        _, (values,) = explained(opened, [table], output)
        answers = worth(table)
        law = max(law, abs(float(answers[1:].mean()) + math.fsum(values) - float(answers[0])))
        scale = max(scale, float(np.abs(answers).max()))
    return {"definition": float(apart), "law": law, "scale": scale, "method": said["method"]}


def refused() -> dict[str, str]:
    """A model that splits by categories, which CatBoost makes numbers of in ways of its own."""
    table = pd.DataFrame({"a": CANCER[:, 0], "kind": np.where(CANCER[:, 1] > CANCER[:, 1].mean(), "x", "y")})
    model = CatClasses(**quiet).fit(table, CLASSES, cat_features=["kind"])
    try:
        list(trees_of(model, 1))
    except ValueError as error:
        return {"refused": str(error)}
    return {}


small = {"n_estimators": 20, "max_depth": 3}
booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3}, xgboost.DMatrix(HOLED, CLASSES), 15)
CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "XGBoost": lambda: held(xgboost.XGBRegressor(**small).fit(DIABETES, SEVERITY), DIABETES, "predict"),
    "XGBoost, margin with missing values": lambda: held(
        xgboost.XGBClassifier(**small).fit(HOLED, CLASSES), HOLED, "margin"
    ),
    "XGBoost, margin of three classes": lambda: held(xgboost.XGBClassifier(**small).fit(IRIS, KINDS), IRIS, "margin"),
    "XGBoost, forest": lambda: held(xgboost.XGBRFRegressor(**small).fit(DIABETES, SEVERITY), DIABETES, "predict"),
    "XGBoost, booster": lambda: held(booster, HOLED, "margin"),
    "CatBoost": lambda: held(Cat(**quiet).fit(DIABETES, SEVERITY), DIABETES, "predict"),
    "CatBoost, margin with missing values": lambda: held(CatClasses(**quiet).fit(HOLED, CLASSES), HOLED, "margin"),
    "CatBoost, missing values are large": lambda: held(
        CatClasses(**quiet, nan_mode="Max").fit(HOLED, CLASSES), HOLED, "margin"
    ),
    "CatBoost, margin of three classes": lambda: held(CatClasses(**quiet).fit(IRIS, KINDS), IRIS, "margin"),
    "CatBoost, trees that are not even": lambda: held(
        Cat(**quiet, grow_policy="Lossguide").fit(DIABETES, SEVERITY), DIABETES, "predict"
    ),
    "CatBoost, uneven trees of three classes": lambda: held(
        CatClasses(**quiet, grow_policy="Depthwise").fit(IRIS, KINDS), IRIS, "margin"
    ),
    "CatBoost, categories": refused,
}

print(json.dumps({name: case() for name, case in CASES.items()}))
