"""A model as ONNX, kept only when it answers like the original.

The proof asks both the same rows: made to fall on each side of the model's own thresholds, spread over many magnitudes,
where its own scalers have seen its data, the version's example, and, for what the original refuses, NaN and infinity.
Labels must be equal in every row; numbers must agree as closely as single precision allows. Where neither the model nor
an example shows on what scale its data lie, only a graph in double precision throughout is taken: of any other, no rows
would show what it rounds away. What was found is the evidence, and goes with the ONNX file for good.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from .exact import FOREST_REGRESSORS, FORESTS, flattened
from .example import example_matrix
from .missing import mark_missing, takes_missing, with_missing
from .outputs import array_of
from .proof import REACHES, difference, far_rows, told_apart
from .telling import beside_changes, rows_around, rows_like_data, shows_its_scale, telling_rows
from .votes import sum_votes

_OPSET = {"": 17, "ai.onnx.ml": 3}
_ROUNDED = frozenset({onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.UNDEFINED})
# So many times as far as its data lie a copy is asked at least.
_BEYOND = 1e3
# The operators made for models compute in single precision, whatever they are given; these only choose.
_CHOOSING = frozenset({"ArrayFeatureExtractor", "LabelEncoder"})


def proven(model: Any) -> tuple[bytes, dict[str, Any], dict[str, np.ndarray]]:
    """The ONNX file, its evidence, and for a forest its trees as arrays, which break near ties.

    Raises ValueError with the difference when the two are not equal.
    """
    if model.described.get("by_name"):
        return importlib.import_module(".table_proof", __package__).proven(model)  # type: ignore[no-any-return]  # a module by its name is Any
    original, width = model.original, model.described["width"]
    own = _own_rows(model, width)
    shown = len(own) > 0 or shows_its_scale(original, width)
    like = rows_like_data(original, width)

    def first(rows: np.ndarray) -> np.ndarray:
        return model.predict([rows], more=False, params=None).arrays[0]  # type: ignore[no-any-return]  # as below

    around, telling = rows_around(own), telling_rows(original, width)
    takes = takes_missing(first, telling[:1])
    # Asked before what takes a large model a minute.
    if takes and not isinstance(original, (*FORESTS, *FOREST_REGRESSORS)):
        raise ValueError("the original answers rows with missing values, which the conversion is not proven for")
    rows = np.concatenate([telling, around, *(beside_changes(one, first) for one in (like, around))])
    rows = with_missing(rows) if takes else rows
    faults = []
    for double in (False, True) if shown else (True,):
        try:
            content = _convert(original, width, double=double)
            if not shown:
                refuse_rounding(content)
            trees = flattened(original) or {}
            evidence = _evidence(model, content, rows, double=double, ties=bool(trees))
            reach = _reach(model, content, np.concatenate([like, around]), double=double, ties=bool(trees))
        except Exception as error:  # noqa: BLE001  # converters raise what they like; the other precision may do
            faults.append(f"{'float64' if double else 'float32'}: {type(error).__name__}: {error}"[:300])
        else:
            return content, {**evidence, "reach": reach}, trees
    if not shown:
        faults.insert(0, "nothing in the model shows on what scale its data lie, which an input example would")
    raise ValueError("; ".join(faults))


def refuse_rounding(content: bytes) -> None:
    """Raises ValueError for a graph that rounds to single precision anywhere on its way."""
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(content)).graph
    kinds = {one.type.tensor_type.elem_type for one in (*graph.value_info, *graph.input, *graph.output)}
    kinds |= {one.data_type for one in graph.initializer}
    made_for_models = any(node.domain == "ai.onnx.ml" and node.op_type not in _CHOOSING for node in graph.node)
    inner = any(one.HasField("g") for node in graph.node for one in node.attribute)
    if made_for_models or inner or kinds & _ROUNDED:
        raise ValueError("the graph rounds to single precision on its way")


def _own_rows(model: Any, width: int) -> np.ndarray:
    """The version's example, which lies where its data lie."""
    rows = example_matrix(model.root, model.inputs.names) if hasattr(model, "root") else np.empty((0, width))
    return rows if rows.shape[1] == width else np.empty((0, width))


def _convert(original: Any, width: int, *, double: bool) -> bytes:
    library = type(original).__module__.partition(".")[0]
    if library in {"lightgbm", "xgboost"}:
        if double:
            raise ValueError("boosters have float32 only")
        tools = importlib.import_module("onnxmltools")
        types = importlib.import_module("onnxmltools.convert.common.data_types")
        convert = getattr(tools, f"convert_{library}")
        kwargs = {"zipmap": False} if library == "lightgbm" else {}
        found = convert(original, initial_types=[("X", types.FloatTensorType([None, width]))], **kwargs)
        return bytes(found.SerializeToString())
    skl2onnx = importlib.import_module("skl2onnx")
    forest = isinstance(original, (*FORESTS, *FOREST_REGRESSORS))
    if double and forest and any(np.isinf(one.tree_.threshold).any() for one in original.estimators_):
        # The converter looks for the nearest number in double precision, and does not end.
        raise ValueError("the forest parts missing values from all others, which is converted in float32 only")
    types = importlib.import_module("skl2onnx.common.data_types")
    kind = types.DoubleTensorType if double else types.FloatTensorType
    # Without it, probabilities come as a list of mappings; LinearSVC has none, and does not know the option.
    options = {id(original): {"zipmap": False}} if hasattr(original, "predict_proba") else None
    found = skl2onnx.convert_sklearn(
        original, initial_types=[("X", kind([None, width]))], options=options, target_opset=_OPSET
    )
    if forest:
        mark_missing(found, original)
        sum_votes(found)
    return bytes(found.SerializeToString())


def _reach(model: Any, content: bytes, data: np.ndarray, *, double: bool, ties: bool) -> float:
    """How far from zero the copy answers alike. Raises ValueError when that is not far beyond the data."""
    reason = ""
    needed = _BEYOND * float(np.abs(data).max()) if len(data) else 0.0
    for reach in REACHES:
        if reach < needed or (reach > np.finfo(np.float32).max and not double):
            continue
        try:
            with np.errstate(all="ignore"):
                _evidence(model, content, far_rows(model.described["width"], reach), double=double, ties=ties)
        except Exception as error:  # noqa: BLE001  # the original may refuse what is so far out
            reason = str(error)
        else:
            return reach
    raise ValueError(f"far out, {reason}"[:300])


def _evidence(model: Any, content: bytes, rows: np.ndarray, *, double: bool, ties: bool) -> dict[str, Any]:
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    theirs = model.predict([rows], more=True, params=None)
    (given,) = session.get_inputs()
    dtype = np.float64 if double else np.float32
    ours = session.run(None, {given.name: rows.astype(dtype)})
    outputs, worst = [], 0.0
    apart = told_apart(theirs.arrays[-1]) if ties else np.ones(len(rows), dtype=bool)
    for name, expected, found in zip(theirs.names, theirs.arrays, ours, strict=False):
        actual = array_of(found)
        if actual.ndim == expected.ndim + 1 and actual.shape[-1] == 1:
            actual = actual[:, 0]
        worst = max(worst, difference(name, expected[apart], actual[apart]))
        outputs.append([name, expected.dtype.str, list(expected.shape[1:])])
    return {
        "rows": len(rows),
        "largest_difference": worst,
        "precision": "float64" if double else "float32",
        "outputs": outputs,
        "takes_missing": bool(np.isnan(rows).any()),
        "ties": int(len(rows) - apart.sum()),
        "classes": np.asarray(model.original.classes_).tolist() if ties else [],
        "converter": type(model.original).__module__.partition(".")[0],
    }
