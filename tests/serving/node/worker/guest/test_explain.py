"""Shapley values from the inside of models: equal to their definition, and adding up, for each family."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
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

WIDTH = 6
CANCER, CLASSES = load_breast_cancer(return_X_y=True)
DIABETES, SEVERITY = load_diabetes(return_X_y=True)
IRIS, KINDS = load_iris(return_X_y=True)
CANCER, DIABETES = CANCER[:, :WIDTH], DIABETES[:, :WIDTH]
HOLED = CANCER.copy()
HOLED[::5, 2] = np.nan
Worth = Callable[[np.ndarray], np.ndarray]


def opened(model: Any, width: int) -> SklearnModel:
    columns: list[dict[str, Any]] = [
        {"name": f"c{place}", "kind": "FP64", "dims": [], "logical": None} for place in range(width)
    ]
    return SklearnModel(model, Inputs({"tensors": False, "columns": columns, "groups": [list(range(width))]}), {}, "")


def by_definition(worth: Worth, row: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Over all coalitions."""
    count = len(row)
    worths = {}
    for size in range(count + 1):
        for mine in itertools.combinations(range(count), size):
            mixed = background.copy()
            mixed[:, list(mine)] = row[list(mine)]
            worths[mine] = float(worth(mixed).mean())
    values = np.zeros(count)
    for mine, before in worths.items():
        weight = math.factorial(len(mine)) * math.factorial(count - len(mine) - 1) if len(mine) < count else 0
        for feature in set(range(count)) - set(mine):
            after = worths[tuple(sorted((*mine, feature)))]
            values[feature] += weight / math.factorial(count) * (after - before)
    return values


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
