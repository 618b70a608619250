"""Any MLflow flavour through `mlflow.pyfunc`, which is part of the model's environment and not of ours."""

from __future__ import annotations

import inspect
from typing import Any

import mlflow.pyfunc
import numpy as np

from ..inputs import Inputs
from ..outputs import Outputs, read

# Flavours whose answer for a row is known not to depend on the rows beside it.
_ROW_BY_ROW = frozenset(
    f"mlflow.{name}"
    for name in ("sklearn", "xgboost", "lightgbm", "catboost", "onnx", "pytorch", "tensorflow", "keras", "statsmodels")
)
# ChatModel, ResponsesAgent and the like: what a request does not say has a default of theirs, and NaN is none.
_WITH_DEFAULTS = "mlflow.pyfunc.loaders."


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> PyfuncModel:
    del options  # MLmodel says all
    return PyfuncModel(mlflow.pyfunc.load_model(root), flavor, inputs)


class PyfuncModel:
    """Batches of different callers are mixed for row-wise flavours alone: a custom model may look at its whole
    input.
    """

    engine = "pyfunc"

    def __init__(self, model: Any, flavor: dict[str, Any], inputs: Inputs) -> None:
        self.original = model
        self._inputs = inputs
        self._params = "params" in inspect.signature(model.predict).parameters
        self.mixes = flavor.get("loader_module") in _ROW_BY_ROW
        self._defaults = str(flavor.get("loader_module")).startswith(_WITH_DEFAULTS)
        self.described: dict[str, Any] = {"probe": self.mixes}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del more  # a python_function has one answer
        given = self._inputs.natural(table)
        if not self.mixes:
            given = self._inputs.without_absent(given, of_any_type=self._defaults)
        found = self.original.predict(given, params=params) if params and self._params else self.original.predict(given)
        return read(found, len(table[0]))
