"""Shapley values from the inside of models: equal to their definition, and adding up, for each family."""

from __future__ import annotations

import importlib
import json
import math
import subprocess
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from modelwright.serving.node.worker.guest.explain import explained
from modelwright.serving.node.worker.guest.inputs import Inputs
from modelwright.serving.node.worker.guest.runtimes.sklearn import SklearnModel
from tests.serving.node.programs.definition import Worth, by_definition
from tests.serving.node.test_runtimes import OFFLINE, by_uv

WIDTH = 6
CANCER, CLASSES = load_breast_cancer(return_X_y=True)
DIABETES, SEVERITY = load_diabetes(return_X_y=True)
IRIS, KINDS = load_iris(return_X_y=True)
CANCER, DIABETES = CANCER[:, :WIDTH], DIABETES[:, :WIDTH]
HOLED = CANCER.copy()
HOLED[::5, 2] = np.nan
PROGRAMS = Path(__file__).parents[2] / "programs"


def opened(model: Any, width: int) -> SklearnModel:
    columns: list[dict[str, Any]] = [
        {"name": f"c{place}", "kind": "FP64", "dims": [], "logical": None} for place in range(width)
    ]
    return SklearnModel(model, Inputs({"tensors": False, "columns": columns, "groups": [list(range(width))]}), {}, "")


FOREST = RandomForestClassifier(10, max_depth=6, random_state=0).fit(CANCER, CLASSES)
EXTRA = ExtraTreesRegressor(5, random_state=0).fit(DIABETES, SEVERITY)
TREE = DecisionTreeClassifier(random_state=0).fit(IRIS, KINDS)
BOOSTED = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(DIABETES, SEVERITY)
BOOSTED_CLASSES = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(IRIS, KINDS)
HISTOGRAM = HistGradientBoostingRegressor(max_iter=20, random_state=0).fit(DIABETES, SEVERITY)
HISTOGRAM_CLASSES = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(HOLED, CLASSES)
LIGHT = lightgbm.LGBMRegressor(n_estimators=20, verbose=-1).fit(DIABETES, SEVERITY)
LIGHT_CLASSES = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1).fit(HOLED, CLASSES)
LOGISTIC = make_pipeline(StandardScaler(), LogisticRegression()).fit(CANCER, CLASSES)
RIDGE = make_pipeline(StandardScaler(), Ridge()).fit(DIABETES, SEVERITY)
CASES: dict[str, tuple[Any, np.ndarray, str, Worth]] = {
    "forest": (FOREST, CANCER, "predict_proba[1]", lambda rows: FOREST.predict_proba(rows)[:, 1]),
    "forest, other class": (FOREST, CANCER, "predict_proba[0]", lambda rows: FOREST.predict_proba(rows)[:, 0]),
    "extra trees": (EXTRA, DIABETES, "predict", EXTRA.predict),
    "tree of three classes": (TREE, IRIS, "predict_proba[2]", lambda rows: TREE.predict_proba(rows)[:, 2]),
    "gradient boosting": (BOOSTED, DIABETES, "predict", BOOSTED.predict),
    "its margin": (BOOSTED_CLASSES, IRIS, "margin", lambda rows: BOOSTED_CLASSES.decision_function(rows)[:, 1]),
    "histogram": (HISTOGRAM, DIABETES, "predict", HISTOGRAM.predict),
    "its margin, missing values": (HISTOGRAM_CLASSES, HOLED, "margin", HISTOGRAM_CLASSES.decision_function),
    "LightGBM": (LIGHT, DIABETES, "predict", lambda rows: np.asarray(LIGHT.predict(rows))),
    "LightGBM's margin": (
        LIGHT_CLASSES,
        HOLED,
        "margin",
        lambda r: np.asarray(LIGHT_CLASSES.booster_.predict(r, raw_score=True)),
    ),
    "logistic margin": (LOGISTIC, CANCER, "margin", LOGISTIC.decision_function),
    "ridge": (RIDGE, DIABETES, "predict", RIDGE.predict),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("case", list(CASES))
def test_values_are_those_of_the_definition(case: str) -> None:
    """Over all coalitions of features, and adding up to the answer."""
    model, rows, output, worth = CASES[case]
    table = np.vstack([rows[5:6], rows[100:104]])
    said, (values,) = explained(opened(model, rows.shape[1]), [table], output)

    np.testing.assert_allclose(values, by_definition(worth, table[0], table[1:]), atol=1e-8, rtol=1e-6)
    assert pytest.approx(float(worth(table[:1])[0])) == said["answer"]
    assert pytest.approx(said["answer"]) == said["base"] + math.fsum(values)
    assert ("linear" if hasattr(getattr(model, "steps", [("", model)])[-1][1], "coef_") else "trees") == said["method"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(CANCER) - 1), st.lists(st.integers(0, len(CANCER) - 1), min_size=1, max_size=6))
def test_base_and_values_are_the_answer(row: int, background: list[int]) -> None:
    """The law, for any row against any others, itself among them."""
    said, (values,) = explained(opened(FOREST, WIDTH), [CANCER[[row, *background]]], "predict_proba[1]")

    assert pytest.approx(said["answer"], abs=1e-12) == said["base"] + math.fsum(values)
    assert pytest.approx(FOREST.predict_proba(CANCER[background])[:, 1].mean()) == said["base"]


@pytest.mark.parametrize(
    ("model", "output", "why"),
    [
        (BOOSTED_CLASSES, "predict_proba[1]", "add up"),
        (LOGISTIC, "predict_proba[1]", "do not add up"),
        (FOREST, "margin", "has no margin"),
        (FOREST, "other[1]", "there is no other"),
        (make_pipeline(PolynomialFeatures(), Ridge()).fit(CANCER, CLASSES), "predict", "may mix columns"),
    ],
)
def test_what_is_no_sum_is_refused(model: Any, output: str, why: str) -> None:
    """A number that trees or weights do not add up to is left to be asked from the outside."""
    rows = IRIS if model is BOOSTED_CLASSES else CANCER
    with pytest.raises(ValueError, match=why):
        explained(opened(model, rows.shape[1]), [rows[::40]], output)


@pytest.fixture(scope="module")
def boosters() -> dict[str, dict[str, Any]]:
    """What XGBoost and CatBoost, which our own environment does not have, were found to be due; see the program."""
    worker = Path(importlib.import_module("modelwright.serving.node.worker").__file__ or "").parent
    done = subprocess.run(
        [by_uv(["xgboost-cpu", "catboost", "scikit-learn"]), PROGRAMS / "explain_boosters.py", worker],
        env=OFFLINE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-4000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestOtherBoosters:
    def test_values_are_those_of_the_definition(self, boosters: dict[str, dict[str, Any]]) -> None:
        """XGBoost adds up in single precision, CatBoost in double."""
        for name, found in boosters.items():
            if "refused" not in found:
                digits = 1e-6 if name.startswith("XGBoost") else 1e-12
                assert found["definition"] < digits * max(1.0, found["scale"]), name

    def test_base_and_values_are_the_raw_answer(self, boosters: dict[str, dict[str, Any]]) -> None:
        """The law, for forty rows of each against five others."""
        for name, found in boosters.items():
            if "refused" not in found:
                digits = 1e-6 if name.startswith("XGBoost") else 1e-12
                assert found["law"] < digits * max(1.0, found["scale"]), name
                assert "trees" == found["method"]

    def test_categories_are_left_to_be_asked_from_the_outside(self, boosters: dict[str, dict[str, Any]]) -> None:
        refused = {name: found["refused"] for name, found in boosters.items() if "refused" in found}

        assert ["CatBoost, categories"] == list(refused)
        assert "are not read" in refused["CatBoost, categories"]
