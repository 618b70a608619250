"""CatBoost's own binary format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catboost
import numpy as np

from ..inputs import Inputs
from ..outputs import Outputs, array_of


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> CatboostModel:
    del options  # nothing to choose
    model = getattr(catboost, flavor.get("model_type", "CatBoost"))()
    model.load_model(str(Path(root) / flavor.get("data", "model.cb")), format=flavor.get("save_format", "cbm"))
    return CatboostModel(model, inputs)


class CatboostModel:
    engine = "native"

    def __init__(self, model: Any, inputs: Inputs) -> None:
        self.original = model
        self.inputs = inputs
        # Categories may be whole numbers, which beside fractions are none in one array.
        self._frame = not inputs.numeric or bool(model.get_cat_feature_indices())
        # Columns of a table come to their places by name, those of an array do not. Names may be places themselves.
        named = any(name != str(place) for place, name in enumerate(model.feature_names_))
        self._order = inputs.order_of(list(model.feature_names_)) if named and not self._frame else None
        self.mixes = inputs.known or not self._frame
        self.described: dict[str, Any] = {}
        if self.mixes:
            # Else rows come as they are: which of its columns are numbers, it does not say.
            self.described = {"width": len(model.feature_names_), "feature_names": list(model.feature_names_)}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del params  # boosters take none
        rows = self.inputs.natural(table) if self._frame else self.inputs.matrix(table, self._order)
        answer = np.asarray(self.original.predict(rows, thread_count=1))
        found = Outputs(["predict"], [array_of(answer[:, 0] if answer.ndim > 1 and answer.shape[1] == 1 else answer)])
        if more and hasattr(self.original, "predict_proba"):
            found.names.append("predict_proba")
            found.arrays.append(self.original.predict_proba(rows, thread_count=1))
        return found
