"""Between Arrow's columns and a model's: pyarrow record batches in, tables of the signature out, answers back."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from modelwright.core.errors import BadInput
from modelwright.serving.batch.files import Columns
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.optional import is_optional
from modelwright.serving.node.signature import FLOATS, OBJECTS, Column, Kind, Logical
from modelwright.serving.node.tables import Schema, Table, read

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
    Kind.FP16: pa.float16(),
    Kind.FP32: pa.float32(),
    Kind.FP64: pa.float64(),
}


def table_of(batch: pa.RecordBatch, schema: Schema, kept: tuple[str, ...] = ()) -> Table:
    """The rows as the model takes them; columns by name, others are left out. They mean what the same values mean to a
    deployment.

    Where the model has no names, places count; those that are only `kept` then have none if there are too many. Raises
    BadInput that names the column that is missing or has values of another kind.
    """
    if schema.open:
        return schema.from_columns({name: _values(batch.column(i)) for i, name in enumerate(batch.schema.names)})
    if schema.unnamed:
        batch = _by_place(batch, schema, kept)
    if schema.signature.tensors:
        return _tensors(batch, schema)
    return schema.from_arrays([_column(batch, one, index) for index, one in enumerate(schema.columns)])


def columns_to_read(schema: Schema, names: list[str], kept: tuple[str, ...]) -> Columns:
    """What of a file with these columns is read, and as what where the file itself does not say it.

    As what the model takes it for: `01234` is a number to who only looks at it, and a text to a model of postal codes.
    """
    if schema.open:
        return Columns()
    if schema.unnamed or (schema.signature.tensors and not {one.name for one in schema.columns} <= set(names)):
        many = schema.columns if len(schema.columns) > 1 else schema.columns * len(names)
        return Columns(types=dict(zip(names, map(_type_in_text, many), strict=False)))
    for name in schema.names:
        _check_once(names, name)
    types = {str(one.name): _type_in_text(one) for one in schema.columns}
    return Columns(types=types, only=tuple(name for name in names if name in types or name in kept))


def _type_in_text(column: Column) -> pa.DataType | None:
    if column.kind in OBJECTS:
        return pa.string()
    # Whole numbers may be written `1.0`.
    return pa.float64() if column.kind in FLOATS else None


def _check_once(names: list[str], name: str | None) -> None:
    times = names.count(str(name))
    if times > 1:
        raise BadInput(f"the file has {times} columns {name!r}; the model takes one", column=str(name))


def _by_place(batch: pa.RecordBatch, schema: Schema, kept: tuple[str, ...]) -> pa.RecordBatch:
    only = schema.columns[0]
    if schema.signature.tensors:
        wanted = only.dims[0] if len(only.dims) == 1 else 1
        wanted = 1 if any(map(_is_nested, batch.schema.types)) else wanted
    else:
        wanted = schema.width
    if wanted >= 0 and batch.num_columns > wanted:
        batch = batch.drop_columns([name for name in kept if name in batch.schema.names])
    if wanted >= 0 and batch.num_columns != wanted:
        raise BadInput(
            f"the model's inputs have no names, and the file has {batch.num_columns} columns for {wanted}: "
            f"{batch.schema.names[:20]}; give it those of the model alone, in its order, and others by --keep"
        )
    return batch


def _tensors(batch: pa.RecordBatch, schema: Schema) -> Table:
    """Tensors by their names; a single one may be all of the columns, or the only column of lists."""
    names = [column.said(index) for index, column in enumerate(schema.columns)]
    only = schema.columns[0]
    if all(name in batch.schema.names for name in names):
        places = [batch.schema.get_field_index(name) for name in names]
    elif len(names) == 1 and batch.num_columns == 1 and _is_nested(batch.schema.types[0]):
        places = [0]
    elif len(names) == 1:
        columns = (_scalars(batch.column(i), only, i, name) for i, name in enumerate(batch.schema.names))
        return schema.from_matrix(np.stack(list(columns), axis=1))
    else:
        missing = [name for name in names if name not in batch.schema.names]
        raise BadInput(f"the file has no column {missing[0]!r}; it has {batch.schema.names}", column=missing[0])
    return schema.from_arrays(
        [
            _tensor(batch.column(place), column, index)
            for index, (place, column) in enumerate(zip(places, schema.columns, strict=True))
        ]
    )


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def _tensor(values: pa.Array, column: Column, index: int) -> np.ndarray:
    """Lists of equal lengths as one array of shape (rows, *lengths)."""
    shape = [len(values)]
    while _is_nested(values.type):
        lengths = pc.unique(pc.list_value_length(values)).to_pylist()
        if len(lengths) != 1 or lengths[0] is None:
            raise BadInput(f"{column.label(index)} has lists of the lengths {lengths[:10]}; each must be as long")
        shape.append(lengths[0])
        values = values.flatten()
    return _scalars(values, column, index, column.said(index)).reshape(shape)


def _column(batch: pa.RecordBatch, column: Column, index: int) -> np.ndarray:
    name = column.name or batch.schema.names[index]
    place = batch.schema.get_field_index(name)
    _check_once(batch.schema.names, name)
    if place < 0:
        if column.required:
            raise BadInput(f"the file has no column {name!r}; it has {batch.schema.names}", column=name)
        return read(column, index, [None] * batch.num_rows)
    return _scalars(batch.column(place), column, index, name)


def _scalars(values: pa.Array, column: Column, index: int, name: str) -> np.ndarray:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if column.kind is Kind.JSON:
        return read(column, index, _values(values))
    if column.kind is Kind.BYTES:
        return read(column, index, _texts(values, column, name))
    if not is_optional(column):
        return _numbers(values, column, name)
    if pa.types.is_floating(values.type):
        # So pandas writes whole numbers of which some are missing.
        values = pc.if_else(pc.is_nan(values), None, values)
    # What is read must fit the column's type; what is missing, `read` lets pass.
    given = _numbers(values.drop_null(), column, name)
    found = np.full(len(values), None, dtype=object)
    found[values.is_valid().to_numpy(zero_copy_only=False)] = given
    return found


def _numbers(values: pa.Array, column: Column, name: str) -> np.ndarray:
    kind = _TYPES[column.kind]
    if pa.types.is_boolean(values.type) and column.kind is not Kind.BOOL:
        raise BadInput(f"column {name!r} has truth values; the model takes {kind}", column=name)
    if values.null_count and column.kind not in FLOATS:
        raise BadInput(f"column {name!r} has {values.null_count} empty values, and {kind} has none", column=name)
    try:
        # As in JSON, a number of many digits becomes the nearest of the model's; other kinds must hold it.
        found: np.ndarray = values.cast(kind, safe=column.kind not in FLOATS).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadInput(f"column {name!r} has values that are not {kind}: {error}", column=name) from error
    if column.kind is Kind.BOOL and not pa.types.is_boolean(values.type):
        _refuse_changed(values, found, name)
    if column.kind in FLOATS and pa.types.is_floating(values.type) and kind.bit_width < values.type.bit_width:
        grown = np.isinf(found) & np.isfinite(values.to_numpy(zero_copy_only=False))
        if grown.any():
            raise BadInput(f"column {name!r} has values that are too large for {kind}", column=name)
    return found


def _refuse_changed(values: pa.Array, found: np.ndarray, name: str) -> None:
    """Raises BadInput for numbers other than 0 and 1, which are no truth values."""
    if not pa.types.is_string(values.type) and not (values.to_numpy(zero_copy_only=False) == found).all():
        raise BadInput(f"column {name!r} has values that are not {_TYPES[Kind.BOOL]}", column=name)


def _texts(values: pa.Array, column: Column, name: str) -> list[Any]:
    kind = values.type
    is_text = any(has(kind) for has in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))
    is_text = is_text or any(has(kind) for has in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null))
    if column.logical is Logical.DATETIME and (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        # Arrow writes every unit, and in UTC what has a zone.
        values, is_text = values.cast(pa.string()), True
    if not is_text:
        wanted = column.logical.value if column.logical else "text"
        raise BadInput(f"column {name!r} is {kind}; the model takes {wanted}", column=name)
    found: list[Any] = values.to_pylist()
    return found


def _values(values: pa.Array) -> list[Any]:
    found: list[Any] = values.to_pylist(maps_as_pydicts="strict")
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
