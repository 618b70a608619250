"""Whole numbers and truth values that may be missing: their types have no value for that, so they lie among objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from modelwright.serving.node.dtypes import DTYPES
from modelwright.serving.node.signature import FLOATS, OBJECTS, Column


def is_optional(column: Column) -> bool:
    """Whether it may be missing, and its type cannot say so."""
    return not column.required and column.kind not in FLOATS and column.kind not in OBJECTS


def masked(inputs: Mapping[str, np.ndarray], columns: Sequence[Column]) -> dict[str, np.ndarray]:
    """The inputs by name, in their columns' own types: where something is missing, as a masked array."""
    found = dict(inputs)
    for index, column in enumerate(columns):
        if is_optional(column):
            name = column.said(index)
            found[name] = _masked(found[name], column)
    return found


def _masked(values: np.ndarray, column: Column) -> np.ndarray:
    missing = np.array([one is None for one in values.tolist()], dtype=np.bool_)
    whole = np.where(missing, 0, values).astype(DTYPES[column.kind])
    return np.ma.MaskedArray(whole, missing) if missing.any() else whole
