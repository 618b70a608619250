"""XGBoost's JSON and UBJ formats, as boosters or as the scikit-learn class that MLmodel names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import xgboost

from ..inputs import Inputs
from ..outputs import Outputs, array_of


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> XgboostModel:
    del options  # nothing to choose
    name = str(flavor.get("model_class", "xgboost.core.Booster")).rpartition(".")[2]
    model = getattr(xgboost, name)()
    model.load_model(str(Path(root) / flavor.get("data", "model.ubj")))
    return XgboostModel(model, inputs)


class XgboostModel:
    engine = "native"

    def __init__(self, model: Any, inputs: Inputs) -> None:
        self.original = model
        self.inputs = inputs
        self._booster = isinstance(model, xgboost.Booster)
        booster = model if self._booster else model.get_booster()
        booster.set_param({"nthread": 1})
        # What stands for a category of pandas, only a table of pandas says; XGBoost refuses it where it is a number.
        self._frame = not inputs.numeric or "c" in (booster.feature_types or [])
        # Without validation, columns count by their places.
        self._order = None if self._frame else inputs.order_of(booster.feature_names or [])
        learner = json.loads(booster.save_config())["learner"]
        self._in_place = learner["learner_train_param"]["booster"] != "gblinear"
        self.described: dict[str, Any] = {"convertible": not self._frame and self._order is None}
        self.mixes = inputs.known or not self._frame
        if self.mixes:
            # Else rows come as they are: which of its columns are numbers, it does not say.
            self.described |= {"width": booster.num_features(), "feature_names": booster.feature_names or []}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del params  # boosters take none
        rows = self.inputs.natural(table) if self._frame else self.inputs.matrix(table, self._order)
        if self._booster and (self._frame or not self._in_place):
            given = xgboost.DMatrix(rows, nthread=1)
            return Outputs(["predict"], [self.original.predict(given, validate_features=self._frame)])
        if self._booster:
            return Outputs(["predict"], [self.original.inplace_predict(rows, validate_features=self._frame)])
        found = Outputs(["predict"], [array_of(self.original.predict(rows, validate_features=self._frame))])
        if more and hasattr(self.original, "predict_proba"):
            found.names.append("predict_proba")
            found.arrays.append(self.original.predict_proba(rows, validate_features=self._frame))
        return found
