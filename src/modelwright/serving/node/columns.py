"""Numpy arrays as Arrow arrays, written with nanoarrow: 3 MB, where pyarrow would cost each node 40 MB of memory."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import nanoarrow as na
import numpy as np

_TYPES: dict[str, Any] = {
    "b1": na.bool_,
    "i1": na.int8,
    "i2": na.int16,
    "i4": na.int32,
    "i8": na.int64,
    "u1": na.uint8,
    "u2": na.uint16,
    "u4": na.uint32,
    "u8": na.uint64,
    "f2": na.float16,
    "f4": na.float32,
    "f8": na.float64,
}


class Field(msgspec.Struct, frozen=True):
    """A named Arrow array with its type; nanoarrow's arrays do not carry names."""

    name: str
    type: Any
    array: Any


def struct(name: str, fields: Sequence[Field], rows: int) -> Field:
    kind = na.struct({field.name: field.type for field in fields})
    children = [field.array for field in fields]
    return Field(name, kind, na.c_array_from_buffers(kind, rows, [None], children=children))


def field(name: str, values: np.ndarray) -> Field:
    """One column of shape (rows,) or (rows, *dims); of the latter every row is a list of fixed length.

    Texts become strings, bytes that are no text become binary, anything else that is an object becomes JSON. What a
    masked array hides is missing.
    """
    rows = len(values)
    if values.ndim > 1:
        return _lists(name, values.reshape(rows, -1))
    if values.dtype.kind in "OUS":
        return _objects(name, values.tolist())
    if values.dtype.kind in "mM":
        return _objects(name, values.astype(str).tolist())
    valid = np.packbits(~values.mask, bitorder="little") if isinstance(values, np.ma.MaskedArray) else None
    values = np.asarray(values)
    if values.dtype == np.bool_:
        bits = np.packbits(values, bitorder="little")
        return Field(name, na.bool_(), na.c_array_from_buffers(na.bool_(), rows, [valid, bits]))
    kind = _TYPES[values.dtype.newbyteorder("<").str[1:]]()
    return Field(name, kind, na.c_array_from_buffers(kind, rows, [valid, np.ascontiguousarray(values)]))


def texts(name: str, values: Sequence[str]) -> Field:
    together = "".join(values)
    lengths = map(len, values) if together.isascii() else [len(value.encode()) for value in values]
    return _strung(name, na.string(), lengths, None, together.encode())


def times(name: str, values_ms: np.ndarray) -> Field:
    """Milliseconds since 1970 as UTC timestamps."""
    kind = na.timestamp("ms", timezone="UTC")
    whole = np.ascontiguousarray(values_ms, dtype=np.int64)
    return Field(name, kind, na.c_array_from_buffers(kind, len(whole), [None, whole]))


def fields(
    values: Mapping[str, np.ndarray], *, hashed: frozenset[str], masked: frozenset[str], key: bytes
) -> list[Field]:
    """All columns but the masked ones; of hashed ones only a keyed digest, equal for equal values."""
    return [
        texts(name, _digests(array, key)) if name in hashed else field(name, array)
        for name, array in values.items()
        if name not in masked
    ]


def _digests(values: np.ndarray, key: bytes) -> list[str]:
    known: dict[str, str] = {}
    out = []
    for value in values.tolist():
        said = value if isinstance(value, str) else repr(value)
        if said not in known:
            known[said] = hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
        out.append(known[said])
    return out


def _lists(name: str, values: np.ndarray) -> Field:
    rows, width = values.shape
    item = field("item", np.ascontiguousarray(values).reshape(-1))
    kind = na.fixed_size_list(item.type, width)
    return Field(name, kind, na.c_array_from_buffers(kind, rows, [None], children=[item.array]))


def _objects(name: str, values: list[Any]) -> Field:
    if all(value is None or isinstance(value, str) for value in values):
        return _packed(name, na.string(), [None if value is None else value.encode() for value in values])
    if all(value is None or isinstance(value, bytes) for value in values):
        return _packed(name, na.binary(), values)
    return _packed(name, na.string(), [None if value is None else _json(value) for value in values])


def _json(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=_plain)
    except OverflowError:  # whole numbers of more than 64 bits, which JSON can say and this encoder cannot
        return json.dumps(value, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return repr(value)


def _packed(name: str, kind: Any, values: Sequence[bytes | None]) -> Field:
    present = np.array([value is not None for value in values], dtype=np.bool_)
    valid = None if present.all() else np.packbits(present, bitorder="little")
    known = [value or b"" for value in values]
    return _strung(name, kind, map(len, known), valid, b"".join(known))


def _strung(name: str, kind: Any, lengths: Iterable[int], valid: np.ndarray | None, data: bytes) -> Field:
    offsets = np.fromiter(itertools.accumulate(lengths, initial=0), np.int32)
    return Field(name, kind, na.c_array_from_buffers(kind, len(offsets) - 1, [valid, offsets, data]))
