"""The numpy types of the kinds. Apart from the signature, which the server reads without numpy."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelwright.serving.node.signature import Kind

DTYPES: dict[Kind, np.dtype[Any]] = {
    Kind.BOOL: np.dtype("?"),
    Kind.UINT8: np.dtype("u1"),
    Kind.UINT16: np.dtype("<u2"),
    Kind.UINT32: np.dtype("<u4"),
    Kind.UINT64: np.dtype("<u8"),
    Kind.INT8: np.dtype("i1"),
    Kind.INT16: np.dtype("<i2"),
    Kind.INT32: np.dtype("<i4"),
    Kind.INT64: np.dtype("<i8"),
    Kind.FP16: np.dtype("<f2"),
    Kind.FP32: np.dtype("<f4"),
    Kind.FP64: np.dtype("<f8"),
    Kind.BYTES: np.dtype("O"),
    Kind.JSON: np.dtype("O"),
}
_BY_DTYPE = {dtype: kind for kind, dtype in DTYPES.items() if dtype != np.dtype("O")}


def kind_of(what: np.dtype[Any] | str) -> Kind:
    """The kind that holds values of this numpy dtype; strings and dates are BYTES, the rest JSON."""
    dtype = np.dtype(what)
    if dtype.kind in "USM":
        return Kind.BYTES
    return _BY_DTYPE.get(dtype.newbyteorder("<"), Kind.JSON)
