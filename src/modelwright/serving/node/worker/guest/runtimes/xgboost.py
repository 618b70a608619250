"""XGBoost's JSON and UBJ formats, as boosters or as the scikit-learn class that MLmodel names."""

from __future__ import annotations

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
    mixes = True

    def __init__(self, model: Any, inputs: Inputs) -> None:
        self.original = model
        self.inputs = inputs
        self._booster = isinstance(model, xgboost.Booster)
        booster = model if self._booster else model.get_booster()
        booster.set_param({"nthread": 1})
        self.described = {
            "convertible": inputs.numeric,
            "width": booster.num_features(),
            "feature_names": booster.feature_names or [],
        }

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del params  # boosters take none
        rows = self.inputs.matrix(table) if self.inputs.numeric else self.inputs.frame(table)
        if self._booster:
            return Outputs(["predict"], [self.original.inplace_predict(rows, validate_features=False)])
        found = Outputs(["predict"], [array_of(self.original.predict(rows, validate_features=False))])
        if more and hasattr(self.original, "predict_proba"):
            found.names.append("predict_proba")
            found.arrays.append(self.original.predict_proba(rows, validate_features=False))
        return found
