"""Conversions where no data ever lay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modelwright.serving.node.errors import ModelRefused
from modelwright.serving.node.runtimes.onnx import ConvertedPredictor
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Schema
from modelwright.serving.node.worker.guest.convert import proven
from modelwright.serving.node.worker.guest.inputs import Inputs
from modelwright.serving.node.worker.guest.runtimes.sklearn import SklearnModel
from modelwright.serving.node.worker.process import described
from modelwright.serving.node.worker.remote import output_column

random = np.random.default_rng(1)
ROWS = random.normal(size=(150, 5)) * [1, 10, 0.1, 3, 1] + [0, 5, 0, -2, 1]
TARGET = ROWS[:, 0] * 3 + ROWS[:, 1]
NAMES = [f"f{place}" for place in range(5)]
SIGNATURE = Signature(inputs=tuple(Column(name=name, kind=Kind.FP64) for name in NAMES))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "model",
    [
        KNeighborsRegressor(),
        KMeans(4, n_init=1, random_state=0),
        GaussianNB(),
        make_pipeline(StandardScaler(), LogisticRegression()),
    ],
)
def test_far_from_all_data_a_conversion_answers_alike_or_not_at_all(tmp_path: Path, model: Any) -> None:
    """Where distances cancel, or a sum overflows in one precision alone: far out, neighbours were others."""
    model.fit(ROWS, TARGET if isinstance(model, KNeighborsRegressor) else TARGET > 0)
    content, evidence, _ = proven(SklearnModel(model, Inputs(described(SIGNATURE)), {}, str(tmp_path)))
    (tmp_path / "model.onnx").write_bytes(content)
    outputs = tuple(output_column(*one) for one in evidence["outputs"])
    served = ConvertedPredictor(
        tmp_path / "model.onnx", Schema(SIGNATURE), outputs, takes_missing=False, reach=evidence["reach"]
    )

    for size in (1.0, 1e3, -1e6, 1e9, 1e15, 1e20, 1e30, 1e37, 1e200):
        far = random.permuted(ROWS, axis=0)[:40] * size
        try:
            answer = served.predict([far], more=False)
        except ModelRefused:
            assert abs(size) > 1e6
        else:
            np.testing.assert_allclose(model.predict(far), answer.arrays[0], rtol=1e-5)
