"""scikit-learn estimators and pipelines, opened from joblib, cloudpickle or skops files."""

from __future__ import annotations

import importlib
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from ..exact import specialised
from ..inputs import Inputs
from ..outputs import Outputs, array_of, read

_KNOWN_LIBRARIES = frozenset({"sklearn", "numpy", "scipy", "xgboost", "lightgbm", "catboost"})
# What LightGBM keeps its best scores in. It runs nothing itself, and what it holds is looked at, too.
_KNOWN_TYPES = frozenset({"collections.OrderedDict"})


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> SklearnModel:
    return SklearnModel(_open(Path(root), flavor, options), inputs, options, root)


def _open(root: Path, flavor: dict[str, Any], options: dict[str, Any]) -> Any:
    name = flavor.get("pickled_model") or flavor.get("data") or "model.pkl"
    path = root / name
    form = flavor.get("serialization_format")
    if form == "skops" or path.suffix == ".skops":
        skops = importlib.import_module("skops.io")
        # The artifact's own list of trusted types would let it vouch for itself: only the node's policy counts. That
        # is: types of the libraries that models are made of; whatever else a file names keeps it from being opened.
        named = skops.get_untrusted_types(file=path)
        known = [one for one in named if one in _KNOWN_TYPES or one.partition(".")[0] in _KNOWN_LIBRARIES]
        return skops.load(path, trusted=[*known, *(options.get("trusted_types") or [])])
    if form in {"cloudpickle", "pickle"}:
        with path.open("rb") as file:
            head = file.read(2)
        # joblib.load reads plain pickles as well; a cloudpickle is one, but for joblib's own compressed heads.
        if head[:1] == b"\x80":
            try:
                with path.open("rb") as file:
                    return pickle.load(file)  # noqa: S301  # inside the sandbox, which is what it is for
            except pickle.UnpicklingError:
                return joblib.load(path)
    return joblib.load(path)


def _needs_names(model: Any) -> bool:
    """Whether the model picks its columns by name, which only a DataFrame has."""
    # A search answers with the best that it has found.
    model = getattr(model, "best_estimator_", model)
    if isinstance(model, ColumnTransformer):
        return True
    return isinstance(model, Pipeline) and any(_needs_names(step) for _, step in model.steps)


def _one_thread(model: Any) -> None:
    # A pool of threads costs more than it gives at serving sizes, and takes the cores of other models.
    wanted = {name: 1 for name in model.get_params() if name == "n_jobs" or name.endswith("__n_jobs")}
    model.set_params(**wanted)


class SklearnModel:
    """`predict` as the version's python_function says; `predict_proba` beside it for classifiers that have it."""

    mixes = True

    def __init__(self, model: Any, inputs: Inputs, options: dict[str, Any], root: str) -> None:
        if hasattr(model, "get_params"):
            _one_thread(model)
        self.original = model
        self.inputs = inputs
        self.root = root
        self._asked = options.get("predict_fn") or "predict"
        self._predict = getattr(model, self._asked)
        self._proba = getattr(model, "predict_proba", None) if hasattr(model, "classes_") else None
        self._frame = not inputs.numeric or _needs_names(model)
        if self._frame:
            # Better not to load than to fail with every request.
            importlib.import_module("pandas")
        self._order = _order(model, inputs)
        self._fast = None if self._frame or options.get("engine") == "native" else specialised(model, options)
        self.engine = "native" if self._fast is None else "exact"
        self.described = {
            "convertible": self._asked in {"predict", "predict_proba"}
            if self._frame
            else self._order is None and self._asked == "predict",
            "by_name": self._frame,
            "width": getattr(model, "n_features_in_", None),
            "feature_names": [str(name) for name in getattr(model, "feature_names_in_", [])],
        }

    def graph_outputs(self, count: int) -> list[int]:
        """Which outputs of a converted classifier, labels and probabilities, are the first `count` of this model's."""
        return [1, 1][:count] if self._asked == "predict_proba" else [0, 1][:count]

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del params  # estimators take none
        if self._frame:
            rows: Any = self.inputs.natural(table) if self.inputs.tensors else self.inputs.frame(table)
        else:
            rows = self.inputs.matrix(table)
            if self._order is not None:
                rows = rows[:, self._order]
            if self._fast is not None:
                return self._fast(rows, more=more)
        found = read(self._predict(rows), len(rows))
        if more and self._proba is not None:
            given = self._proba(rows)
            # Of several targets there is a table for each, of as many classes as it has.
            each = given if isinstance(given, list) else [given]
            names = [f"predict_proba_{place}" for place in range(len(each))] if each is given else ["predict_proba"]
            found.names += names
            found.arrays += [array_of(one) for one in each]
        return found


def _order(model: Any, inputs: Inputs) -> list[int] | None:
    """The places of the signature's columns in the order the model was fitted on; None when it is the same."""
    fitted = [str(name) for name in getattr(model, "feature_names_in_", [])]
    if not fitted or fitted == inputs.names or set(fitted) - set(inputs.names):
        return None
    return [inputs.names.index(name) for name in fitted]
