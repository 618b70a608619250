"""A pipeline on named columns as one ONNX graph with an input per column.

Missing text has no form in ONNX: a text that stands for it takes its place, in the steps as in the rows. Numbers are
float64 up to the last step, as pandas and scikit-learn have them; where that step is made of trees that look
at float32, they are cut there and not before. LightGBM's look at float64.
"""

from __future__ import annotations

import copy
import importlib
import sys
from typing import Any

import numpy as np
import onnx
import skl2onnx
from skl2onnx.common import data_types
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.operator_converters.imputer_op import convert_sklearn_imputer
from skl2onnx.operator_converters.ordinal_encoder import convert_sklearn_ordinal_encoder
from skl2onnx.shape_calculators.imputer import calculate_sklearn_imputer_output_shapes
from skl2onnx.shape_calculators.ordinal_encoder import calculate_sklearn_ordinal_encoder_output_shapes
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OrdinalEncoder

from .exact import FOREST_REGRESSORS, FORESTS
from .missing import mark_missing
from .votes import sum_votes

# Nobody types this; a model that knows it as a category is not converted.
STANDS_FOR_MISSING = "\x1fmissing\x1f"
FEATURES = "features_of_trees"
_OPSET = {"": 17, "ai.onnx.ml": 3}
CUT, DOUBLE, SINGLE = "cut", "float64", "float32"
# LightGBM's own `kZeroThreshold`: a row's value that is no larger does not count as given.
_NEXT_TO_NOTHING = float(np.float32(1e-35))


def ways(original: Any) -> tuple[str, ...]:
    """Precisions to try, the likeliest to be exact first."""
    last = original.steps[-1][1] if isinstance(original, Pipeline) else original
    trees = type(last).__module__.startswith(("sklearn.ensemble", "sklearn.tree"))
    if not isinstance(original, Pipeline):
        return (DOUBLE, SINGLE)
    # What these look at is known, so no other precision is let by for having passed.
    of_library = {"xgboost": (CUT,), "lightgbm": (DOUBLE,)}.get(type(last).__module__.partition(".")[0])
    if of_library is not None:
        return of_library
    return (CUT, DOUBLE, SINGLE) if trees else (DOUBLE, CUT, SINGLE)


def convert(original: Any, kinds: dict[str, str], way: str) -> tuple[Any, list[str]]:
    """The graph, and the names of the columns that its inputs `c0`, `c1`... take; `kinds` are all columns' kinds."""
    _teach()
    model = copy.deepcopy(original)
    names = [str(one) for one in getattr(original, "feature_names_in_", kinds)]
    _prepare(model, {name: f"c{place}" for place, name in enumerate(names)})
    last = model.steps[-1][1] if isinstance(model, Pipeline) else model
    if way == CUT:
        cast = importlib.import_module("skl2onnx.sklapi").CastTransformer()
        model = Pipeline([*model.steps[:-1], ("cut", cast), model.steps[-1]])
    number = data_types.FloatTensorType if way == SINGLE else data_types.DoubleTensorType
    types = [
        (f"c{place}", (data_types.StringTensorType if kinds[name] == "BYTES" else number)([None, 1]))
        for place, name in enumerate(names)
    ]
    options = {id(last): {"zipmap": False}} if hasattr(last, "predict_proba") else None
    graph = skl2onnx.convert_sklearn(model, initial_types=types, options=options, target_opset=_OPSET)
    if isinstance(last, (*FORESTS, *FOREST_REGRESSORS)):
        mark_missing(graph, last)
        sum_votes(graph)
    return graph, [names[int(one.name[1:])] for one in graph.graph.input]


def show_features(graph: Any, width: int) -> None:
    """Make what the forest looks at an output of the graph, the last one. Raises ValueError when there is none."""
    trees = [node for node in graph.graph.node if node.op_type.startswith("TreeEnsemble")]
    if len(trees) != 1:
        raise ValueError(f"the graph has {len(trees)} forests")
    seen = trees[0].input[0]
    graph.graph.node.append(onnx.helper.make_node("Identity", [seen], [FEATURES]))
    graph.graph.output.append(onnx.helper.make_tensor_value_info(FEATURES, onnx.TensorProto.FLOAT, [None, width]))


def _prepare(step: Any, places: dict[str, str]) -> None:
    """Short names for columns, and a text for what is missing, in all fitted steps of this copy."""
    if hasattr(step, "transformers_"):
        step.transformers_ = [(name, inner, _renamed(columns, places)) for name, inner, columns in step.transformers_]
        for _, inner, _ in step.transformers_:
            _prepare(inner, places)
    elif isinstance(step, Pipeline):
        for _, inner in step.steps:
            _prepare(inner, places)
    elif isinstance(step, SimpleImputer) and step.statistics_.dtype == object:
        step.missing_values = STANDS_FOR_MISSING
    if getattr(step, "feature_names_in_", None) is not None and set(step.feature_names_in_) <= set(places):
        step.feature_names_in_ = np.array([places[str(one)] for one in step.feature_names_in_], dtype=object)
    if isinstance(getattr(step, "categories_", None), list):
        # scikit-learn numbers NaN apart, but None like any other category.
        step.nan_among_categories_ = [one.dtype == object and bool((one != one).any()) for one in step.categories_]  # noqa: PLR0124
        step.categories_ = [_with_missing(one) for one in step.categories_]


def _renamed(columns: Any, places: dict[str, str]) -> Any:
    if isinstance(columns, str):
        return places.get(columns, columns)
    if isinstance(columns, (list, np.ndarray)):
        return [places.get(str(one), one) if isinstance(one, str) else one for one in columns]
    return columns


def _with_missing(categories: np.ndarray) -> np.ndarray:
    if categories.dtype != object:
        return categories
    if STANDS_FOR_MISSING in categories.tolist():
        raise ValueError("a category is the text that stands for missing ones")
    missing = [one is None or one != one for one in categories]  # noqa: PLR0124 - NaN is not
    if sum(missing) > 1:
        raise ValueError("None and NaN are two categories, which a request cannot tell apart")
    return np.where(missing, STANDS_FOR_MISSING, categories)


def _impute(scope: Any, operator: Any, container: Any) -> None:
    """As scikit-learn fills in: in the numbers' own precision, which the operator made for it does not have."""
    step = operator.raw_operator
    if isinstance(operator.inputs[0].type, data_types.StringTensorType):
        convert_sklearn_imputer(scope, operator, container)
        return
    statistics = np.asarray(step.statistics_, dtype=np.float64)
    if step.add_indicator or not np.isnan(step.missing_values) or np.isnan(statistics).any():
        raise ValueError("only missing values are filled in, each with a number")
    joined = operator.inputs[0].full_name
    if len(operator.inputs) > 1:
        joined = scope.get_unique_variable_name("joined")
        container.add_node("Concat", [one.full_name for one in operator.inputs], [joined], axis=1, op_version=13)
    double = isinstance(operator.inputs[0].type, data_types.DoubleTensorType)
    kind = onnx.TensorProto.DOUBLE if double else onnx.TensorProto.FLOAT
    filling, missing = scope.get_unique_variable_name("filling"), scope.get_unique_variable_name("missing")
    container.add_initializer(filling, kind, [1, len(statistics)], statistics.tolist())
    container.add_node("IsNaN", [joined], [missing], op_version=13)
    container.add_node("Where", [missing, filling, joined], [operator.outputs[0].full_name], op_version=9)


def _ordinal(scope: Any, operator: Any, container: Any) -> None:
    """As scikit-learn numbers texts, what is missing among them; other kinds are left to skl2onnx."""
    step, inputs = operator.raw_operator, operator.inputs
    if not isinstance(inputs[0].type, data_types.StringTensorType) or getattr(step, "_infrequent_enabled", False):
        convert_sklearn_ordinal_encoder(scope, operator, container)
        return
    numbered = []
    for place, categories in enumerate(step.categories_):
        texts = inputs[place].full_name if len(inputs) == len(step.categories_) else ""
        if not texts:
            (joined,) = [one.full_name for one in inputs]
            at, texts = scope.get_unique_variable_name("at"), scope.get_unique_variable_name("texts")
            container.add_initializer(at, onnx.TensorProto.INT64, [1], [place])
            container.add_node("Gather", [joined, at], [texts], axis=1, op_version=13)
        known = categories.tolist()
        apart = STANDS_FOR_MISSING if step.nan_among_categories_[place] else None
        values = [step.encoded_missing_value if one == apart else at for at, one in enumerate(known)]
        numbered.append(scope.get_unique_variable_name("numbered"))
        container.add_node(
            "LabelEncoder",
            [texts],
            [numbered[-1]],
            op_domain="ai.onnx.ml",
            op_version=2,
            keys_strings=[str(one).encode() for one in known],
            values_floats=[float(one) for one in values],
            default_float=float("nan") if step.unknown_value is None else float(step.unknown_value),
        )
    container.add_node("Concat", numbered, [operator.outputs[0].full_name], axis=1, op_version=13)


def _teach() -> None:
    """Give skl2onnx what it lacks; this process converts one model and ends."""
    skl2onnx.update_registered_converter(
        SimpleImputer, "SklearnSimpleImputer", calculate_sklearn_imputer_output_shapes, _impute, overwrite=True
    )
    skl2onnx.update_registered_converter(
        OrdinalEncoder,
        "SklearnOrdinalEncoder",
        calculate_sklearn_ordinal_encoder_output_shapes,
        _ordinal,
        overwrite=True,
    )
    if not hasattr(ModelComponentContainer, "plain_add_node"):
        ModelComponentContainer.plain_add_node = ModelComponentContainer.add_node
        ModelComponentContainer.add_node = _add_node
    if "lightgbm" in sys.modules:
        _teach_booster("lightgbm", "LGBM", "LightGbmLGBM", "convert_lightgbm")
    if "xgboost" in sys.modules:
        _teach_booster("xgboost", "XGB", "XGBoostXGB", "convert_xgboost")


def _add_node(self: Any, op_type: Any, inputs: Any, outputs: Any, **attributes: Any) -> Any:
    """As skl2onnx has it, but with 0 and 1 for truth values, which protobuf takes for numbers no longer."""
    plain = {
        name: [int(one) for one in value]
        if isinstance(value, (list, np.ndarray)) and any(isinstance(one, (bool, np.bool_)) for one in value)
        else value
        for name, value in attributes.items()
    }
    return self.plain_add_node(op_type, inputs, outputs, **plain)


def _teach_booster(library: str, prefix: str, alias: str, converter: str) -> None:
    module = {"lightgbm": "LightGbm", "xgboost": "XGBoost"}[library]
    convert_booster = getattr(
        importlib.import_module(f"onnxmltools.convert.{library}.operator_converters.{module}"), converter
    )

    def in_full(scope: Any, operator: Any, container: Any) -> None:
        double = isinstance(operator.inputs[0].type, data_types.DoubleTensorType)
        exact = double and library == "lightgbm"
        convert_booster(scope, operator, _AsLightgbm(scope, container) if exact else container)

    shapes = importlib.import_module("skl2onnx.common.shape_calculator")
    estimators = sys.modules[library]
    for what, shape, options in (
        ("Classifier", shapes.calculate_linear_classifier_output_shapes, {"zipmap": [True, False], "nocl": [False]}),
        ("Regressor", _one_number, {}),
    ):
        skl2onnx.update_registered_converter(
            getattr(estimators, prefix + what), alias + what, shape, in_full, overwrite=True, options=options
        )


def _one_number(operator: Any) -> None:
    """Trees of ONNX answer in float32, whatever they are given."""
    operator.outputs[0].type = data_types.FloatTensorType([None, 1])


class _AsLightgbm:
    """A container of nodes in which trees compare as LightGBM does: in float64, and what is next to nothing as zero."""

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope = scope
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, op_type: Any, inputs: Any, outputs: Any, **attributes: Any) -> Any:
        if op_type in {"TreeEnsembleClassifier", "TreeEnsembleRegressor"}:
            inputs = [self._without_next_to_nothing(*inputs)]
            for name in ("nodes_values", "class_weights", "target_weights", "base_values"):
                values = attributes.pop(name, None)
                if values is not None:
                    tensor = onnx.helper.make_tensor(name, onnx.TensorProto.DOUBLE, [len(values)], values)
                    attributes[f"{name}_as_tensor"] = tensor
            attributes["op_version"] = _OPSET["ai.onnx.ml"]
        return self._container.add_node(op_type, inputs, outputs, **attributes)

    def _without_next_to_nothing(self, given: str) -> str:
        size, little, zero, least, seen = (
            str(self._scope.get_unique_variable_name(name)) for name in ("size", "little", "zero", "least", "seen")
        )
        for name, value in ((zero, 0.0), (least, _NEXT_TO_NOTHING)):
            self._container.add_initializer(name, onnx.TensorProto.DOUBLE, [1], [value])
        self._container.add_node("Abs", [given], [size], op_version=13)
        self._container.add_node("LessOrEqual", [size, least], [little], op_version=16)
        self._container.add_node("Where", [little, zero, given], [seen], op_version=9)
        return seen
