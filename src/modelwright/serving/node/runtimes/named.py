"""A converted model of named columns: one input of the graph per column, text among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from modelwright.serving.node.answers import Answer
from modelwright.serving.node.dtypes import DTYPES
from modelwright.serving.node.errors import ModelRefused
from modelwright.serving.node.runtimes.onnx import session_of
from modelwright.serving.node.signature import FLOATS, OBJECTS, Column, Kind, Signature
from modelwright.serving.node.tables import Schema, Table


class Named(msgspec.Struct, frozen=True):
    """How the graph is fed and read, found when it was proven.

    `columns` are the signature's places of the graph's inputs; `graph` the graph's places of the model's outputs. The
    text `missing` stands for one that is missing. By column, `refused` lists kinds of values that the original refuses
    (missing, infinite, unknown) or was not compared for (large: farther from zero than `reach`), and `known` the only
    values that it takes where it refuses the unknown.
    """

    columns: tuple[int, ...]
    graph: tuple[int, ...]
    missing: str
    refused: tuple[tuple[int, tuple[str, ...]], ...] = ()
    known: tuple[tuple[int, tuple[int | float | str, ...]], ...] = ()
    reach: float = float("inf")


class NamedPredictor:
    """Feeds named columns and gives the original's outputs, in its types; a forest's rows come after them."""

    engine = "onnx"
    mixes = True
    signature: Signature | None = None

    def __init__(self, path: Path, schema: Schema, outputs: tuple[Column, ...], named: Named) -> None:
        self._session = session_of(path)
        self.outputs = outputs
        self._names = tuple(str(one.name) for one in outputs)
        self._dtypes = [DTYPES[one.kind] for one in outputs]
        self._missing = named.missing
        self._reach = named.reach
        places = {
            index: (number, place)
            for number, group in enumerate(schema.groups)
            for place, index in enumerate(group.columns)
        }
        inputs = self._session.get_inputs()
        self._feeds = [
            (one.name, *places[index], None if one.type == "tensor(string)" else _dtype(one.type))
            for one, index in zip(inputs, named.columns, strict=True)
        ]
        graph = [one.name for one in self._session.get_outputs()]
        self._graph = [graph[place] for place in named.graph]
        self._features = graph[max(named.graph) + 1 :]
        self._checks = [_Check(schema.columns[i], i, *places[i], what, named) for i, what in named.refused]
        floats = [number for number, group in enumerate(schema.groups) if group.kind in FLOATS]
        self._floats = floats if any(one.of_numbers for one in self._checks) else []
        self._others = [one for one in self._checks if one.always]

    def predict(self, table: Table, *, more: bool) -> Answer:
        for check in self._others:
            check.pass_all(table)
        # One look at all numbers together: hardly ever is there a missing, infinite or large one among them.
        if any(not (np.abs(table[number]) <= self._reach).all() for number in self._floats):
            for check in self._checks:
                check.pass_all(table)
        feeds = {name: self._fed(table[group][:, place], dtype) for name, group, place, dtype in self._feeds}
        count = len(self._names) if more else 1
        found = self._session.run([*self._graph[:count], *(self._features if more else ())], feeds)
        arrays = [
            _as_original(array, column, dtype)
            for array, column, dtype in zip(found, self.outputs[:count], self._dtypes, strict=False)
        ]
        return Answer(self._names[:count], [*arrays, *found[count:]])

    def features(self, table: Table, answer: Answer, rows: np.ndarray) -> np.ndarray:
        del table  # the graph has made them from it
        seen: np.ndarray = answer.arrays[-1][rows]
        return seen

    def _fed(self, column: np.ndarray, dtype: np.dtype[Any] | None) -> np.ndarray:
        if dtype is not None:
            return column.astype(dtype, copy=False).reshape(-1, 1)
        texts = [self._missing if one is None else text_of(one) for one in column.tolist()]
        return np.array(texts, dtype=object).reshape(-1, 1)


class _Check:
    """Refuses, in one column, what the original refuses."""

    def __init__(self, column: Column, index: int, group: int, place: int, what: tuple[str, ...], named: Named) -> None:
        self._label = column.label(index)
        self._group = group
        self._place = place
        self._what = what
        self._reach = named.reach
        self._texts = column.kind in OBJECTS
        known = dict(named.known).get(index)
        self._known = None if known is None else frozenset(known)
        self.always = self._texts or self._known is not None
        self.of_numbers = column.kind in FLOATS

    def pass_all(self, table: Table) -> None:
        """Raises ModelRefused, naming the column and the first row at fault."""
        values = table[self._group][:, self._place]
        for row, value in enumerate(values.tolist()):
            what = self._found(value)
            if what in self._what:
                raise ModelRefused(f"the model refused these rows: {self._label}, row {row} is {what} ({value!r:.60})")

    def _found(self, value: Any) -> str:
        if value is None or value != value:  # noqa: PLR0124 - NaN is not
            return "missing"
        if self._known is not None:
            return "" if (text_of(value) if self._texts else value) in self._known else "unknown"
        if not isinstance(value, float) or abs(value) <= self._reach:
            return ""
        return "infinite" if np.isinf(value) else "large"


def text_of(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _dtype(kind: str) -> np.dtype[Any]:
    return DTYPES[Kind.FP32 if kind == "tensor(float)" else Kind.FP64]


def _as_original(array: np.ndarray, column: Column, dtype: np.dtype[Any]) -> np.ndarray:
    # Converters give a regression the shape (rows, 1), its original (rows,).
    if not column.dims and array.ndim > 1:
        array = array[:, 0]
    return array.astype(dtype, copy=False)
