"""scikit-learn estimators and pipelines, opened from joblib, cloudpickle or skops files."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.compose import ColumnTransformer

from ..exact import specialised
from ..inputs import Inputs
from ..outputs import Outputs, array_of, read

_KNOWN_LIBRARIES = frozenset({"sklearn", "numpy", "scipy", "xgboost", "lightgbm", "catboost"})
_PROBABILITIES = frozenset({"predict_proba", "predict_log_proba"})
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


def _parts(model: Any) -> Iterator[Any]:
    """The model and all that it is made of, as it was before it was fitted; not what is inside of foreign ones."""
    yield model
    # A search answers with the best that it has found.
    best = getattr(model, "best_estimator_", None)
    inner = [best] if best is not None else []
    if best is None and _is_known(model) and _is_estimator(model):
        inner = list(model.get_params(deep=False).values())
    while inner:
        one = inner.pop()
        if isinstance(one, (list, tuple)):
            inner += one
        elif _is_estimator(one):
            yield from _parts(one)


def _is_known(part: Any) -> bool:
    return type(part).__module__.partition(".")[0] in _KNOWN_LIBRARIES


def _is_estimator(value: Any) -> bool:
    return hasattr(value, "get_params") and not isinstance(value, type)


def _own_code(part: Any) -> bool:
    """Whether it runs code of whoever made the model: that may ask for columns by name, or look at all rows at once."""
    functions = (getattr(part, name, None) for name in ("func", "inverse_func"))
    return not _is_known(part) or any(one is not None and not isinstance(one, np.ufunc) for one in functions)


def _missing_text(model: Any) -> str:
    """What a missing text was to the encoders that have learned one: `None` or `NaN`, which to them are two categories,
    and which of the two a table holds depends on how it was read; "" where they have learned neither, or both.
    """
    learned = {
        "None" if one is None else "NaN"
        for part in _fitted(model, set())
        for categories in getattr(part, "categories_", [])
        for one in categories
        if one is None or one != one  # noqa: PLR0124  # NaN is not
    }
    return learned.pop() if len(learned) == 1 else ""


def _fitted(value: Any, seen: set[int]) -> Iterator[Any]:
    """All estimators in this one as it is now."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (list, tuple)):
        inner = list(value)
    elif isinstance(value, dict):
        inner = list(value.values())
    elif _is_estimator(value) and _is_known(value):
        yield value
        inner = list(vars(value).values())
    else:
        return
    for one in inner:
        yield from _fitted(one, seen)


def _asks_for_pandas(root: str) -> bool:
    """Whether code of the version's maker can count on pandas: it is here, or the version's own environment has it."""
    if importlib.util.find_spec("pandas") is not None:
        return True
    listed = Path(root) / "requirements.txt"
    return listed.is_file() and any(line.startswith(("pandas", "mlflow")) for line in listed.read_text().splitlines())


def _keeps_categories(model: Any) -> bool:
    """Whether it is a booster that knows categories of pandas, or whole numbers as such, which no array says."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    match type(last).__module__.partition(".")[0]:
        case "lightgbm":
            return bool(last.booster_.pandas_categorical)
        case "xgboost":
            return "c" in (last.get_booster().feature_types or [])
        case "catboost":
            return bool(last.get_cat_feature_indices())
    return False


def _one_thread(model: Any) -> None:
    # A pool of threads costs more than it gives at serving sizes, and takes the cores of other models.
    wanted = {name: 1 for name in model.get_params() if name == "n_jobs" or name.endswith("__n_jobs")}
    model.set_params(**wanted)


def _by_target(probabilities: Any, name: str) -> Outputs | None:
    """Of several targets there is a table for each, of as many classes as it has; None where there is but one."""
    if not isinstance(probabilities, list):
        return None
    names = [f"{name}_{place}" for place in range(len(probabilities))]
    return Outputs(names, [array_of(one) for one in probabilities])


class SklearnModel:
    """`predict` as the version's python_function says; `predict_proba` beside it for classifiers that have it."""

    def __init__(self, model: Any, inputs: Inputs, options: dict[str, Any], root: str) -> None:
        if hasattr(model, "get_params"):
            _one_thread(model)
        self.original = model
        self.inputs = inputs
        self.root = root
        self._asked = options.get("predict_fn") or "predict"
        self._predict = getattr(model, self._asked)
        self._proba = getattr(model, "predict_proba", None) if hasattr(model, "classes_") else None
        parts = list(_parts(model))
        # Whose answer may depend on the rows beside a row is not given those of two callers at once.
        self.mixes = not any(map(_own_code, parts))
        inputs.missing_text = _missing_text(model)
        # Columns are picked by name from a DataFrame only, and what others wrote was tried with one.
        picks = any(isinstance(one, ColumnTransformer) for one in parts) or (not self.mixes and _asks_for_pandas(root))
        self._frame = picks or not inputs.numeric or _keeps_categories(model)
        by_name = self._frame and not inputs.tensors
        # Of columns that it picks by name nothing says which of them are numbers: rows come as they are, and what a
        # table of them holds depends on all of them.
        as_it_comes = self._frame and not inputs.known
        self.mixes = self.mixes and not as_it_comes
        if by_name or as_it_comes:
            # Better not to load than to fail with every request.
            importlib.import_module("pandas")
        fitted = [str(name) for name in getattr(model, "feature_names_in_", [])]
        self._order = None if self._frame else inputs.order_of(fitted)
        self._fast = None if self._frame or options.get("engine") == "native" else specialised(model, options)
        self.engine = "native" if self._fast is None else "exact"
        self.described: dict[str, Any] = {
            "convertible": self._asked in {"predict", "predict_proba"}
            if by_name
            else self._order is None and self._asked == "predict",
            "by_name": by_name,
        }
        if not as_it_comes:
            self.described |= {"width": getattr(model, "n_features_in_", None), "feature_names": fitted}

    def graph_outputs(self, count: int) -> list[int]:
        """Which outputs of a converted classifier, labels and probabilities, are the first `count` of this model's."""
        return [1, 1][:count] if self._asked == "predict_proba" else [0, 1][:count]

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del params  # estimators take none
        if self._frame:
            rows: Any = self.inputs.natural(table)
        else:
            rows = self.inputs.matrix(table, self._order)
            if self._fast is not None:
                return self._fast(rows, more=more)
        answer = self._predict(rows)
        by_target = _by_target(answer, self._asked) if self._asked in _PROBABILITIES else None
        found = by_target or read(answer, len(table[0]))
        if not found.names:
            # An estimator has an answer for each row, whosever code it is.
            raise RuntimeError(f"it was asked {len(table[0])} rows, and did not answer with as many")
        if more and self._proba is not None and by_target is None:
            given = self._proba(rows)
            beside = _by_target(given, "predict_proba") or Outputs(["predict_proba"], [array_of(given)])
            found.names += beside.names
            found.arrays += beside.arrays
        return found
