"""The binary tensor extension of the Open Inference Protocol: arrays to bytes and back.

Numbers are little-endian and row-major; an element of BYTES is its length in four bytes and then itself.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from modelwright.core.errors import BadInput
from modelwright.serving.node.dtypes import DTYPES
from modelwright.serving.node.messages import Body
from modelwright.serving.node.signature import Kind

_LENGTH = struct.Struct("<I")
# What numpy can hold of either, and more than anybody sends.
_DIMENSIONS, _VALUES = 32, 2**40


def known_kind(datatype: str, name: str) -> Kind:
    try:
        kind = Kind(datatype)
    except ValueError:
        kind = Kind.JSON
    if kind is Kind.JSON:
        kinds = ", ".join(one.value for one in Kind if one is not Kind.JSON)
        raise BadInput(f"input {name!r} has datatype {datatype!r}; expected one of {kinds}")
    return kind


def shaped(lengths: Sequence[int], name: str) -> tuple[int, ...]:
    """The shape as a tuple; raises BadInput for a negative length, none at all, and what no array can have."""
    if not lengths or min(lengths) < 0:
        raise BadInput(f"input {name!r} has shape {list(lengths)[:_DIMENSIONS]}; lengths start at 0")
    # Empty ones count as one: an array without values may still be too wide to be one.
    if len(lengths) > _DIMENSIONS or math.prod([max(one, 1) for one in lengths]) > _VALUES:
        shown = list(lengths)[:_DIMENSIONS]
        raise BadInput(
            f"input {name!r} has {len(lengths)} dimensions, {shown}; up to {_DIMENSIONS} and {_VALUES} values are read"
        )
    return tuple(lengths)


def from_bytes(raw: Body | memoryview, kind: Kind, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The array in `raw`; raises BadInput when the length is not what the shape asks for."""
    count = 1
    for length in shape:
        count *= length
    if kind is Kind.BYTES:
        return _split(raw, count, name).reshape(shape)
    dtype = DTYPES[kind]
    if len(raw) != count * dtype.itemsize:
        needed = count * dtype.itemsize
        raise BadInput(f"input {name!r} has {len(raw)} bytes; {kind} of shape {list(shape)} needs {needed}")
    found = np.frombuffer(raw, dtype=dtype)
    if kind is Kind.BOOL:
        # To numpy and to engines a byte beyond 1 is neither true nor false: they add it up, or answer it as it came.
        found = found.view(np.uint8) != 0
    return found.reshape(shape)


def _split(raw: Body | memoryview, count: int, name: str) -> np.ndarray:
    data = bytes(raw)
    # Each element takes at least its length field, so a huge shape is refused before it is allocated.
    if count * _LENGTH.size > len(data):
        raise BadInput(f"input {name!r} has {len(data)} bytes, too few for {count} elements of BYTES")
    out = np.empty(count, dtype=object)
    at = 0
    for index in range(count):
        if at + _LENGTH.size > len(data):
            raise BadInput(f"input {name!r} ends inside element {index} of {count}")
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            raise BadInput(f"input {name!r} ends inside element {index} of {count}")
        out[index] = data[at : at + length]
        at += length
    if at != len(data):
        raise BadInput(f"input {name!r} has {len(data) - at} bytes after its {count} elements")
    return out


def to_bytes(array: np.ndarray, kind: Kind) -> bytes:
    if kind is Kind.BYTES:
        return b"".join(_LENGTH.pack(len(one)) + one for one in map(as_bytes, array.reshape(-1).tolist()))
    return np.ascontiguousarray(array, dtype=DTYPES[kind]).tobytes()


def as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode()
