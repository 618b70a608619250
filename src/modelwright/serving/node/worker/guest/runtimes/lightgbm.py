"""LightGBM's own text format; its scikit-learn wrappers, which MLflow pickles, go through python_function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from ..inputs import Inputs
from ..outputs import Outputs


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> LightgbmModel:
    del options  # nothing to choose
    return LightgbmModel(lightgbm.Booster(model_file=str(Path(root) / flavor.get("data", "model.lgb"))), inputs)


class LightgbmModel:
    engine = "native"

    def __init__(self, model: Any, inputs: Inputs) -> None:
        self.original = model
        self.inputs = inputs
        # Numbers that stand for categories of pandas would be taken for the places of these in an array; in a table
        # LightGBM refuses them.
        self._frame = not inputs.numeric or bool(model.pandas_categorical)
        self.described: dict[str, Any] = {"convertible": not self._frame}
        self.mixes = inputs.known or not self._frame
        if self.mixes:
            # Else rows come as they are: which of its columns are numbers, it does not say.
            self.described |= {"width": model.num_feature(), "feature_names": model.feature_name()}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del more, params  # a booster has one answer and takes no params
        rows = self.inputs.natural(table) if self._frame else self.inputs.matrix(table)
        return Outputs(["predict"], [np.asarray(self.original.predict(rows, num_threads=1))])
