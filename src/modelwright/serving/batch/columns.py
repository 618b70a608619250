"""Between Arrow's columns and a model's: pyarrow record batches in, tables of the signature out, answers back."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from modelwright.core.errors import BadInput
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.signature import OBJECTS, Column, Kind
from modelwright.serving.node.tables import Schema, Table

_TYPES: dict[Kind, pa.DataType] = {
    Kind.BOOL: pa.bool_(),
    Kind.UINT8: pa.uint8(),
    Kind.UINT16: pa.uint16(),
    Kind.UINT32: pa.uint32(),
    Kind.UINT64: pa.uint64(),
    Kind.INT8: pa.int8(),
    Kind.INT16: pa.int16(),
    Kind.INT32: pa.int32(),
    Kind.INT64: pa.int64(),
    Kind.FP32: pa.float32(),
    Kind.FP64: pa.float64(),
}


def table_of(batch: pa.RecordBatch, schema: Schema) -> Table:
    """The rows as the model takes them; columns by name, others are left out.

    Raises BadInput that names the column that is missing or has values of another kind.
    """
    if schema.signature.tensors:
        return schema.from_matrix(_matrix(batch, schema.columns[0]))
    return schema.from_arrays([_column(batch, one, index) for index, one in enumerate(schema.columns)])


def _matrix(batch: pa.RecordBatch, column: Column) -> np.ndarray:
    kind = _TYPES.get(column.kind, pa.float64())
    return np.stack([_cast(batch.column(i), kind, name) for i, name in enumerate(batch.schema.names)], axis=1)


def _column(batch: pa.RecordBatch, column: Column, index: int) -> np.ndarray:
    name = column.name or batch.schema.names[index]
    place = batch.schema.get_field_index(name)
    times = batch.schema.names.count(name)
    if times > 1:
        raise BadInput(f"the file has {times} columns {name!r}; the model takes one", column=name)
    if place < 0:
        if column.required:
            raise BadInput(f"the file has no column {name!r}; it has {batch.schema.names}", column=name)
        filler = None if column.kind in OBJECTS else np.nan
        return np.full(batch.num_rows, filler, dtype=object if filler is None else np.float64)
    values = batch.column(place)
    if column.kind in OBJECTS:
        return np.array(values.to_pylist() or [], dtype=object)
    return _cast(values, _TYPES[column.kind], name)


def _cast(values: pa.Array, kind: pa.DataType, name: str) -> np.ndarray:
    try:
        found: np.ndarray = values.cast(kind).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as error:
        raise BadInput(f"column {name!r} has values that are not {kind}: {error}", column=name) from error
    if values.null_count and pa.types.is_integer(kind):
        raise BadInput(f"column {name!r} has {values.null_count} empty values, and {kind} has none", column=name)
    return found


def answer_columns(answer: Answer) -> dict[str, pa.Array]:
    """One Arrow array per output; several numbers a row become a list of fixed length."""
    return {name: _array(array) for name, array in zip(answer.names, answer.arrays, strict=True)}


def _array(values: np.ndarray) -> pa.Array:
    if values.ndim > 1:
        flat = values.reshape(len(values), -1)
        return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(flat).reshape(-1)), flat.shape[1])
    if values.dtype == object:
        return pa.array([_plain(value) for value in values.tolist()])
    return pa.array(values)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bytes | bool | int | float):
        return value
    return msgspec.json.encode(value, enc_hook=repr).decode()
