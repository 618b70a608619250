"""What is seen of an estimator before it answers anybody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from modelwright.serving.node.worker.guest.inputs import Inputs
from modelwright.serving.node.worker.guest.runtimes.sklearn import SklearnModel

ROWS = np.abs(np.random.default_rng(3).normal(size=(40, 2)))
TENSOR = Inputs({"tensors": True, "columns": [{"name": None, "kind": "FP64", "dims": [2]}], "groups": [[0]]})


def less_mean(rows: np.ndarray) -> np.ndarray:
    centred: np.ndarray = rows - rows.mean(axis=0)
    return centred


class Centred(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    def fit(self, rows: np.ndarray, labels: Any = None) -> Centred:
        return self

    def transform(self, rows: np.ndarray) -> np.ndarray:
        return less_mean(rows)


def after(step: Any) -> Any:
    return make_pipeline(step, LinearRegression())


@pytest.mark.parametrize(
    ("model", "mixes"),
    [
        (after(StandardScaler()), True),
        (after(FunctionTransformer()), True),
        (after(FunctionTransformer(np.log1p)), True),
        (TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1), True),
        (after(FunctionTransformer(less_mean)), False),
        (after(Centred()), False),
        (VotingRegressor([("one", after(Centred()))]), False),
        (GridSearchCV(after(Centred()), {"linearregression__fit_intercept": [True]}, cv=2), False),
    ],
)
def test_callers_share_a_batch_only_where_rows_are_answered_one_by_one(model: Any, *, mixes: bool) -> None:
    """What somebody's own code makes of a row may depend on the rows beside it, wherever in the model it stands."""
    found = SklearnModel(model.fit(ROWS, ROWS[:, 0]), TENSOR, {}, "")

    assert mixes == found.mixes
    np.testing.assert_array_equal(model.predict(ROWS), found.predict([ROWS], more=False, params=None).arrays[0])


def test_probabilities_of_several_targets_are_answered_one_by_one() -> None:
    """Where they are what the model is asked for: as many rows as targets were taken for each other, others failed."""
    labels = (ROWS > np.median(ROWS, axis=0)).astype(int)
    model = MultiOutputClassifier(LogisticRegression()).fit(ROWS, labels)
    served = SklearnModel(model, TENSOR, {"predict_fn": "predict_proba"}, "")

    for count in (1, 2, 40):
        found = served.predict([ROWS[:count]], more=True, params=None)
        assert ["predict_proba_0", "predict_proba_1"] == found.names
        np.testing.assert_array_equal(model.predict_proba(ROWS[:count]), found.arrays)


def test_columns_of_a_signature_in_another_order_come_to_their_places() -> None:
    """Also where the signature has more of them; one that the model was fitted on and that is not there is named."""
    columns: list[dict[str, Any]] = [
        {"name": name, "kind": "FP64", "dims": [], "logical": None} for name in ("b", "more", "a")
    ]
    inputs = Inputs({"tensors": False, "columns": columns, "groups": [[0, 1, 2]]})

    assert [[3.0, 1.0]] == inputs.matrix([np.array([[1.0, 2.0, 3.0]])], inputs.order_of(["a", "b"])).tolist()
    with pytest.raises(ValueError, match=r"does not name: \['c'\]"):
        inputs.order_of(["a", "c"])
