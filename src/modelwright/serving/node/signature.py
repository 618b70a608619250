"""What a version takes and gives: columns or tensors, read from MLflow's signature or asked of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from modelwright.core.deferred import Deferred
from modelwright.core.errors import BadInput

if TYPE_CHECKING:
    from modelwright.serving.node import dtypes
else:
    dtypes = Deferred("modelwright.serving.node.dtypes")


class Kind(StrEnum):
    """Element types of the Open Inference Protocol, and `JSON` for nested values of MLflow signatures."""

    BOOL = "BOOL"
    UINT8 = "UINT8"
    UINT16 = "UINT16"
    UINT32 = "UINT32"
    UINT64 = "UINT64"
    INT8 = "INT8"
    INT16 = "INT16"
    INT32 = "INT32"
    INT64 = "INT64"
    FP16 = "FP16"
    FP32 = "FP32"
    FP64 = "FP64"
    BYTES = "BYTES"
    JSON = "JSON"


FLOATS = frozenset({Kind.FP16, Kind.FP32, Kind.FP64})
INTEGERS = frozenset(kind for kind in Kind if "INT" in kind)
OBJECTS = frozenset({Kind.BYTES, Kind.JSON})


class Logical(StrEnum):
    """How BYTES are meant: as text, as raw bytes (base64 in JSON) or as a time (ISO 8601 in JSON)."""

    STRING = "string"
    BINARY = "binary"
    DATETIME = "datetime"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One input or output. `dims` is the shape of one row's value: () for a column, -1 for any length.

    `numbered`: the model knows it by a whole number, as pandas does columns without names; `name` is its text.
    """

    name: str | None
    kind: Kind
    dims: tuple[int, ...] = ()
    required: bool = True
    logical: Logical | None = None
    numbered: bool = False

    def said(self, index: int) -> str:
        """What requests and the ledger call it: one without a name by its place."""
        return self.name or f"input-{index}"

    def label(self, index: int) -> str:
        return f"column {self.name!r}" if self.name else f"column {index}"


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """`tensors` says whether inputs are arrays of their own (true) or the columns of one table (false)."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...] = ()
    tensors: bool = False

    @property
    def names(self) -> tuple[str | None, ...]:
        return tuple(column.name for column in self.inputs)


_MLFLOW_TYPES: dict[str, tuple[Kind, Logical | None]] = {
    "boolean": (Kind.BOOL, None),
    "integer": (Kind.INT32, None),
    "long": (Kind.INT64, None),
    "float": (Kind.FP32, None),
    "double": (Kind.FP64, None),
    "string": (Kind.BYTES, Logical.STRING),
    "binary": (Kind.BYTES, Logical.BINARY),
    "datetime": (Kind.BYTES, Logical.DATETIME),
}


def _column(entry: Mapping[str, Any]) -> Column:
    given = entry.get("name")
    name = None if given is None else str(given)
    if entry["type"] == "tensor":
        spec = entry["tensor-spec"]
        dims = tuple(int(one) for one in spec["shape"])[1:]
        kind = dtypes.kind_of(spec["dtype"])
        return Column(name=name, kind=kind, dims=dims)
    kind, logical = _MLFLOW_TYPES.get(entry["type"], (Kind.JSON, None))
    required = bool(entry.get("required", not entry.get("optional", False)))
    return Column(name=name, kind=kind, required=required, logical=logical, numbered=isinstance(given, int))


def _entries(text: str | None) -> list[dict[str, Any]]:
    return json.loads(text) if text else []


def from_mlmodel(document: Mapping[str, Any]) -> Signature | None:
    """The signature in a parsed MLmodel file; None when the model was logged without one.

    Raises BadInput for a signature that MLflow's format does not know.
    """
    found = document.get("signature")
    if not found or not found.get("inputs"):
        return None
    try:
        inputs = _entries(found["inputs"])
        outputs = _entries(found.get("outputs"))
        tensors = any(entry["type"] == "tensor" for entry in inputs)
        return Signature(
            inputs=tuple(_column(entry) for entry in inputs),
            outputs=tuple(_column(entry) for entry in outputs),
            tensors=tensors,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"the signature in MLmodel cannot be read: {error}") from error
