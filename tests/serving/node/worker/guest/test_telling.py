"""Conversions are proven where a model's data lie, or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    PolynomialFeatures,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

from modelwright.serving.node.worker.guest import convert
from modelwright.serving.node.worker.guest.convert import proven
from modelwright.serving.node.worker.guest.inputs import Inputs
from modelwright.serving.node.worker.guest.outputs import array_of
from modelwright.serving.node.worker.guest.proof import difference, told_apart
from modelwright.serving.node.worker.guest.runtimes.sklearn import SklearnModel

# Of fits that do not converge on such scales, which is what they are for.
pytestmark = pytest.mark.filterwarnings("ignore")
NAMES = ["a", "b", "c"]
COLUMNS: list[dict[str, Any]] = [{"name": name, "kind": "FP64", "dims": [], "logical": None} for name in NAMES]
INPUTS = Inputs({"tensors": False, "columns": COLUMNS, "groups": [[0, 1, 2]]})
# Where the values lie, and how far apart: seconds since 1970 on one day are the third.
SCALES = [(0.0, 1e-6), (0.0, 1e9), (1.7e9, 8.6e4), (1e6, 1.0), (1e3, 1e-3)]
MODELS = [
    LogisticRegression(),
    make_pipeline(PolynomialFeatures(2), LogisticRegression()),
    make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler(), LogisticRegression()),
    make_pipeline(PolynomialFeatures(2), RandomForestClassifier(8, max_depth=5, random_state=0)),
    make_pipeline(PolynomialFeatures(2), LinearRegression()),
    make_pipeline(KBinsDiscretizer(5, encode="ordinal"), DecisionTreeClassifier(max_depth=4, random_state=0)),
    make_pipeline(PowerTransformer(), SVC(max_iter=2000)),
    make_pipeline(MaxAbsScaler(), KNeighborsClassifier(3)),
    make_pipeline(RobustScaler(with_centering=False), DecisionTreeClassifier(max_depth=4, random_state=0)),
    make_pipeline(PCA(2, whiten=True), DecisionTreeClassifier(max_depth=6, random_state=0)),
]


def data(offset: float, spread: float, *, alone: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rows and what is to be learnt of them; `alone`: only the first column lies there, the others near zero."""
    drawn = np.random.default_rng(0).normal(size=(250, 3))
    rows = offset + spread * drawn
    if alone:
        rows[:, 1:] = drawn[:, 1:]
    return rows, drawn @ [1.0, -1.0, 0.5] + 0.3 * drawn[:, 0] * drawn[:, 1] > 0


def opened(model: Any, root: Path) -> SklearnModel:
    return SklearnModel(model, INPUTS, {"engine": "onnx"}, str(root))


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("offset", "spread"), SCALES)
@pytest.mark.parametrize("model", MODELS, ids=lambda model: "-".join(getattr(model, "named_steps", {"line": 0})))
def test_no_conversion_that_errs_on_its_own_data_is_proven(
    *, model: Any, offset: float, spread: float, alone: bool, tmp_path: Path
) -> None:
    """Without an example: where the model does not show its scale, what could err is not converted."""
    rows, labels = data(offset, spread, alone=alone)
    original = opened(clone(model).fit(rows, labels), tmp_path)
    try:
        content, evidence, trees = proven(original)
    except ValueError:
        return
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    found = session.run(None, {given.name: rows.astype(evidence["precision"])})
    expected = original.predict([rows], more=True, params=None)
    apart = told_apart(expected.arrays[-1]) if trees else np.ones(len(rows), dtype=bool)

    for name, theirs, ours in zip(expected.names, expected.arrays, found, strict=False):
        difference(name, theirs[apart], array_of(ours).reshape(theirs.shape)[apart])


@pytest.mark.parametrize(
    ("model", "precision"),
    [(MODELS[0], "float64"), (StandardScaler(), "float32"), (MODELS[2], "float64"), (MODELS[7], "")],
    ids=["line", "scaler", "terms", "neighbours"],
)
def test_what_shows_no_scale_is_converted_in_double_precision_or_not_at_all(
    model: Any, precision: str, tmp_path: Path
) -> None:
    rows, labels = data(0.0, 1.0, alone=False)
    if isinstance(model, StandardScaler):
        model = make_pipeline(model, LogisticRegression())
    original = opened(clone(model).fit(rows, labels), tmp_path)

    if not precision:
        with pytest.raises(ValueError, match="an input example would"):
            proven(original)
        return
    assert precision == proven(original)[1]["precision"]


def test_one_row_of_an_example_shows_the_scale(tmp_path: Path) -> None:
    """A graph in single precision is proven near it, or found wrong there."""
    rows, labels = data(0.0, 1.0, alone=False)
    near = opened(LinearSVC(random_state=0).fit(rows, labels), tmp_path)
    far = opened(LinearSVC(random_state=0).fit(rows, labels), tmp_path)
    far.original.coef_ = far.original.coef_ / 8.6e4
    far.original.intercept_ = far.original.intercept_ - far.original.coef_ @ ([1.7e9] * 3)
    (tmp_path / "input_example.json").write_text(json.dumps({"columns": NAMES, "data": rows[:1].tolist()}))

    assert "float32" == proven(near)[1]["precision"]
    given = (1.7e9 + 8.6e4 * rows[:1]).tolist()
    (tmp_path / "input_example.json").write_text(json.dumps({"columns": NAMES, "data": given}))
    with pytest.raises(ValueError, match="differs"):
        proven(far)


def test_a_forest_that_parts_missing_values_from_all_others_is_converted_in_single_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In double precision skl2onnx 1.20 never ends on the infinite thresholds of such forests."""
    rows, labels = data(0.0, 1.0, alone=False)
    rows[labels, 0] = np.nan
    original = opened(RandomForestClassifier(8, random_state=0).fit(rows, labels), tmp_path)
    assert any(np.isinf(one.tree_.threshold).any() for one in original.original.estimators_)

    assert proven(original)[1]["precision"] == "float32"
    monkeypatch.setattr(convert, "shows_its_scale", lambda *_: False)
    with pytest.raises(ValueError, match="parts missing values from all others"):
        proven(original)
