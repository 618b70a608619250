"""ONNX Runtime, tuned for many small batches on few cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

import numpy as np

from modelwright.core.deferred import Deferred
from modelwright.core.errors import BadInput
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.dtypes import DTYPES
from modelwright.serving.node.errors import ModelRefused
from modelwright.serving.node.runtimes.forest import Forest, near_ties
from modelwright.serving.node.signature import FLOATS, OBJECTS, Column, Kind, Signature
from modelwright.serving.node.tables import Schema, Table

if TYPE_CHECKING:
    import onnxruntime as ort
else:
    # A node without graphs to answer for, as in a bundle of another kind, has no ONNX Runtime.
    ort = Deferred("onnxruntime")

_BY_ROW = "seq(map("
_KINDS = {
    "tensor(bool)": Kind.BOOL,
    "tensor(uint8)": Kind.UINT8,
    "tensor(uint16)": Kind.UINT16,
    "tensor(uint32)": Kind.UINT32,
    "tensor(uint64)": Kind.UINT64,
    "tensor(int8)": Kind.INT8,
    "tensor(int16)": Kind.INT16,
    "tensor(int32)": Kind.INT32,
    "tensor(int64)": Kind.INT64,
    "tensor(float16)": Kind.FP16,
    "tensor(float)": Kind.FP32,
    "tensor(double)": Kind.FP64,
    "tensor(string)": Kind.BYTES,
}


# By file. Calls of a session may overlap, and a second copy of a model would only push the first out of the cache.
_sessions: WeakValueDictionary[Path, ort.InferenceSession] = WeakValueDictionary()


def session_of(path: Path) -> ort.InferenceSession:
    """A session of the model in this file, which never changes: one for all who serve it at the same time."""
    session = _sessions.get(path)
    if session is None:
        session = _sessions[path] = _opened(path)
    return session


def _opened(path: Path) -> ort.InferenceSession:
    # The Linux build carries a telemetry module that logs and persists a device id.
    ort.disable_telemetry_events()
    options = ort.SessionOptions()
    # One thread per session: batches come from many models, and idle threads that spin take the cores from them.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _output(node: ort.NodeArg) -> Column:
    # What skl2onnx makes of probabilities unless it is told otherwise: for each row, by class.
    return Column(name=node.name, kind=Kind.JSON) if node.type.startswith(_BY_ROW) else _column(node)


def _array(found: Any) -> np.ndarray:
    if not isinstance(found, list):
        return np.asarray(found)
    out = np.empty(len(found), dtype=object)
    out[:] = found
    return out


def _column(node: ort.NodeArg) -> Column:
    kind = _KINDS.get(node.type)
    if kind is None:
        raise BadInput(
            f"{node.name!r} of the ONNX model is a {node.type}; tensors of numbers, truth values and texts can be "
            "served, and as outputs also sequences of maps"
        )
    dims = tuple(one if isinstance(one, int) else -1 for one in (node.shape or [])[1:])
    return Column(name=node.name, kind=kind, dims=dims)


class OnnxPredictor:
    """An ONNX model as it is: inputs and outputs are the graph's own."""

    engine = "onnx"

    def __init__(self, path: Path, signature: Signature | None) -> None:
        """`signature` is the version's; raises BadInput when its inputs are not the graph's."""
        self._session = session_of(path)
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        self._columns = tuple(_column(one) for one in inputs)
        self.outputs = tuple(_output(one) for one in outputs)
        self._names = tuple(one.name for one in outputs)
        own = Signature(inputs=self._columns, outputs=self.outputs, tensors=True)
        self.signature: Signature | None = own
        # A graph with a fixed number of rows takes that number and no other.
        self.mixes = not any(isinstance((one.shape or ["n"])[0], int) for one in inputs)
        self._feeds = _feeds(self._columns, signature or own)

    def predict(self, table: Table, *, more: bool) -> Answer:
        del more  # a graph's outputs are all part of its answer
        feeds = {name: _fed(table, group, place, dtype) for name, group, place, dtype in self._feeds}
        return Answer(self._names, [_array(one) for one in self._session.run(None, feeds)])


class Converted(Protocol):
    """A conversion. `features` gives what a forest in it looks at, of shape (rows, width), for rows of an answer."""

    signature: Signature | None
    outputs: tuple[Column, ...]
    engine: str
    mixes: bool

    def predict(self, table: Table, *, more: bool) -> Answer: ...

    def features(self, table: Table, answer: Answer, rows: np.ndarray) -> np.ndarray: ...


class ConvertedPredictor:
    """An ONNX model made from another one and proven to answer alike: one matrix in, `predict` first out."""

    engine = "onnx"
    mixes = True
    signature: Signature | None = None

    def __init__(
        self, path: Path, schema: Schema, outputs: tuple[Column, ...], *, takes_missing: bool, reach: float
    ) -> None:
        """`outputs` name the graph's outputs as the original does, in the graph's order.

        The original takes no infinity, and NaN only if it `takes_missing`; this one refuses in the same way, and what
        is farther from zero than `reach`, up to which the two were compared.
        """
        self._session = session_of(path)
        (only,) = self._session.get_inputs()
        self._input = only.name
        self._dtype = DTYPES[_column(only).kind]
        self._graph = [one.name for one in self._session.get_outputs()]
        self._schema = schema
        self._takes_missing = takes_missing
        self._reach = min(reach, float(np.finfo(self._dtype).max))
        self.outputs = outputs
        # Graphs have whole numbers of 64 bits for truth values, and for all others.
        self._wholes = [None if one.kind in FLOATS or one.kind in OBJECTS else DTYPES[one.kind] for one in outputs]
        self._names = tuple(str(one.name) for one in outputs)

    def predict(self, table: Table, *, more: bool) -> Answer:
        rows = self._schema.as_matrix(table).astype(self._dtype, copy=False)
        far = np.abs(rows)
        if not (far <= self._reach).all() and (not self._takes_missing or (far > self._reach).any()):
            raise ModelRefused(
                "the model refused these rows: they hold NaN, infinity or a number too large for it, which is one "
                f"farther from zero than {self._reach:.3g}"
            )
        count = len(self._names) if more else 1
        found = self._session.run(self._graph[:count], {self._input: rows})
        # Converters give a regression the shape (rows, 1), its original (rows,).
        arrays = [
            _whole(array[:, 0] if not column.dims and array.ndim > 1 else array, dtype)
            for column, array, dtype in zip(self.outputs, found, self._wholes, strict=False)
        ]
        return Answer(self._names[:count], arrays)

    def features(self, table: Table, answer: Answer, rows: np.ndarray) -> np.ndarray:
        del answer  # the table itself is what the forest sees
        seen: np.ndarray = self._schema.as_matrix(table)[rows].astype(np.float32)
        return seen


class ForestPredictor:
    """A converted forest whose near ties are broken by its own trees; `predict_proba` is its second output."""

    engine = "onnx"
    mixes = True
    signature: Signature | None = None

    def __init__(self, converted: Converted, forest: Forest, classes: Sequence[int | float | str | bool]) -> None:
        """`classes` are the labels in the order of the probabilities."""
        self._converted = converted
        self._forest = forest
        label = converted.outputs[0]
        # A model may be asked for probabilities alone: they are its first output then, too.
        self._classes = None if label.dims else np.array(classes, dtype=DTYPES[label.kind])
        self.outputs = converted.outputs

    def predict(self, table: Table, *, more: bool) -> Answer:
        answer = self._converted.predict(table, more=True)
        first, probabilities = answer.arrays[:2]
        # In single precision, one less the other class can be a little below nothing, of which there is no logarithm.
        probabilities = np.clip(probabilities.astype(np.float64), 0.0, 1.0)
        ties = near_ties(probabilities)
        if len(ties):
            exact = self._forest.probabilities(self._converted.features(table, answer, ties))
            probabilities[ties] = exact
            if self._classes is not None:
                first = first.copy()
                first[ties] = self._classes[exact.argmax(axis=1)]
        if self._classes is None:
            first = probabilities
        arrays = [first, probabilities] if more else [first]
        return Answer(answer.names[: len(arrays)], arrays)


def _whole(array: np.ndarray, dtype: np.dtype[np.generic] | None) -> np.ndarray:
    return array if dtype is None else array.astype(dtype, copy=False)


Feed = tuple[str, int, int | None, "np.dtype[np.generic]"]


def _feeds(columns: tuple[Column, ...], signature: Signature) -> list[Feed]:
    """For each graph input: its name, its place in the table (group, column or whole) and its type."""
    schema = Schema(signature)
    if len(columns) == 1 and len(schema.groups) == 1:
        return [(str(columns[0].name), 0, None, DTYPES[columns[0].kind])]
    places = {
        signature.inputs[index].name: (number, None if signature.tensors else place)
        for number, group in enumerate(schema.groups)
        for place, index in enumerate(group.columns)
    }
    missing = [column.name for column in columns if column.name not in places]
    if missing:
        raise BadInput(f"the ONNX model takes {missing}, which the signature lacks; it has {sorted(map(str, places))}")
    return [(str(one.name), *places[one.name], DTYPES[one.kind]) for one in columns]


def _fed(table: Table, group: int, place: int | None, dtype: np.dtype[np.generic]) -> np.ndarray:
    array = table[group] if place is None else table[group][:, place : place + 1]
    if dtype.kind != "O":
        if array.dtype == object and None in array.reshape(-1).tolist():
            raise ModelRefused("the model refused these rows: a graph takes no missing whole number or truth value")
        return array.astype(dtype, copy=False)
    try:
        flat = [one.decode() if isinstance(one, bytes) else one for one in array.reshape(-1).tolist()]
    except UnicodeDecodeError as error:
        raise BadInput(f"the model takes text, and an element of BYTES is not UTF-8: {error}") from error
    return np.array(flat, dtype=object).reshape(array.shape)
