"""What models return, as named arrays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


class Outputs:
    """`frame`: the arrays are a table's columns. `whole`: a value that is not one entry per row; no arrays then."""

    def __init__(self, names: list[str], arrays: list[np.ndarray], *, frame: bool = False, whole: Any = None) -> None:
        self.names = names
        self.arrays = arrays
        self.frame = frame
        self.whole = whole


def read(found: Any, rows: int) -> Outputs:
    """Arrays, lists, Series, DataFrames, and dicts of these; anything else, or of another length, is a whole."""
    if hasattr(found, "toarray"):  # a sparse matrix, whose length is not told
        found = found.toarray()
    if hasattr(found, "columns") and hasattr(found, "to_numpy"):
        if len(found) != rows:
            # As MLflow's server writes a forecast of many rows for a question of one.
            return Outputs([], [], whole=_records(found))
        names = [str(name) for name in found.columns]
        # Names of pandas may stand twice, those of polars never.
        columns = (found.iloc[:, place] if hasattr(found, "iloc") else found[name] for place, name in enumerate(names))
        return Outputs(names, [array_of(one.to_numpy()) for one in columns], frame=True)
    if hasattr(found, "to_frame") and _length(found) == rows:
        # MLflow writes a Series as the table of one column that it is; without a name, the column is 0.
        name = "0" if found.name is None else str(found.name)
        return Outputs([name], [array_of(found.to_numpy())], frame=True)
    if isinstance(found, dict) and found and all(_length(one) == rows for one in found.values()):
        return Outputs([str(name) for name in found], [array_of(one) for one in found.values()])
    if hasattr(found, "to_numpy"):
        found = found.to_numpy()
    if hasattr(found, "detach"):
        found = found.detach().cpu().numpy()
    if _length(found) == rows:
        return Outputs(["predict"], [array_of(found)])
    return Outputs([], [], whole=found.tolist() if hasattr(found, "tolist") else found)


def _records(table: Any) -> Any:
    if hasattr(table, "to_dicts"):
        return table.to_dicts()
    return json.loads(table.to_json(orient="records", date_format="iso"))


def _length(value: Any) -> int:
    # A dict's length is that of its keys, which are not rows.
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__len__") or getattr(value, "ndim", 1) == 0:
        return -1
    return len(value)


def array_of(value: Any) -> np.ndarray:
    """An array of numbers, or of Python objects where there is text or structure."""
    if hasattr(value, "toarray"):
        value = value.toarray()
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (dict, list, str, bytes, type(None))):
        out = np.empty(len(value), dtype=object)
        out[:] = list(value)
        return out
    array = np.asarray(value)
    if array.dtype.kind == "V":
        return array_of(array.tolist())
    if array.dtype.kind in "USmM":
        return array.astype(str).astype(object)
    return array
