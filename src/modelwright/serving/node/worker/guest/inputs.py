"""The table a node sends, in the forms that models ask for."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

_PANDAS_TYPES = {"FP32": "float32", "FP64": "float64", "INT32": "int32", "INT64": "int64", "BOOL": "bool"}


class Inputs:
    """Reads tables of one signature.

    `described` is what the node says of it: `tensors`, `columns` (name, kind, dims, logical) and `groups` (the places
    of the columns that share each array). Without a signature all is None: the table is one array, given as it is.
    """

    def __init__(self, described: dict[str, Any] | None) -> None:
        self.known = described is not None
        described = described or {"tensors": True, "columns": [], "groups": [[0]]}
        self.tensors: bool = described["tensors"]
        self.columns: list[dict[str, Any]] = described["columns"]
        self.groups: list[list[int]] = described["groups"]
        self.names = [column["name"] for column in self.columns]
        # Whole numbers and truth values that may be missing lie among objects.
        self.optional = [column["name"] for column in self.columns if column.get("optional")]
        self._may_lack = [column["name"] for column in self.columns if not column.get("required", True)]
        # What stands for a missing text in a table: `None`, `NaN`, or what pandas makes of it.
        self.missing_text = ""
        self.numeric = not self.optional and all(column["kind"] not in {"BYTES", "JSON"} for column in self.columns)

    def one_row(self) -> list[np.ndarray] | None:
        """A row of zeros to try a model with; None when rows are not numbers."""
        if not self.numeric or not self.columns:
            return None
        if self.tensors:
            shapes = [tuple(max(one, 1) for one in column["dims"]) for column in self.columns]
            return [np.zeros((1, *shape), _dtype(column)) for column, shape in zip(self.columns, shapes, strict=True)]
        return [np.zeros((1, len(group)), _dtype(self.columns[group[0]])) for group in self.groups]

    def order_of(self, fitted: list[str]) -> list[int] | None:
        """The places of the columns that a model was fitted on, in its order; None when the signature has that order,
        or one of the two has no names. Raises ValueError where the signature lacks one of them.
        """
        if self.tensors or not fitted or not all(isinstance(one, str) for one in self.names) or fitted == self.names:
            return None
        lacking = [name for name in fitted if name not in self.names]
        if lacking:
            raise ValueError(
                f"the model was fitted on columns that its signature does not name: {lacking[:10]}; the signature has "
                f"{self.names[:10]}. Log it with a signature of the columns that it takes"
            )
        return [self.names.index(name) for name in fitted]

    def matrix(self, table: list[np.ndarray], order: list[int] | None = None) -> np.ndarray:
        """Numeric columns as one array of shape (rows, columns): all in the signature's order, or those of `order`."""
        if len(table) == 1:
            return table[0] if order is None else table[0][:, order]
        out = np.empty((len(table[0]), len(self.columns)), dtype=np.result_type(*table))
        for group, array in zip(self.groups, table, strict=True):
            out[:, group] = array
        return out if order is None else out[:, order]

    def named(self, table: list[np.ndarray]) -> dict[str, np.ndarray]:
        """Tensors by name."""
        return {str(self.names[group[0]]): array for group, array in zip(self.groups, table, strict=True)}

    def _texts(self, table: list[np.ndarray]) -> list[np.ndarray]:
        """Tensors of text in numpy's own type of text, which is what signatures name, and not as objects."""
        kinds = [self.columns[group[0]]["kind"] for group in self.groups]
        return [
            np.array(array.tolist()) if kind == "BYTES" else array for kind, array in zip(kinds, table, strict=True)
        ]

    def frame(self, table: list[np.ndarray]) -> Any:
        """A pandas DataFrame with the signature's names, order and types."""
        pandas = importlib.import_module("pandas")
        found: dict[int, Any] = {}
        for group, array in zip(self.groups, table, strict=True):
            for place, index in enumerate(group):
                found[index] = _values(pandas, self.columns[index], array[:, place], self.missing_text)
        return pandas.DataFrame({self.names[index]: found[index] for index in sorted(found)})

    def natural(self, table: list[np.ndarray]) -> Any:
        """What MLflow's own scoring would pass: an array, arrays by name, or a DataFrame."""
        if not self.known:
            return _open(table[0])
        if not self.tensors:
            if None in self.names:
                return importlib.import_module("pandas").DataFrame(self.matrix(table))
            return self.frame(table)
        table = self._texts(table)
        return table[0] if len(table) == 1 and self.names[0] is None else self.named(table)

    def without_absent(self, given: Any, *, of_any_type: bool = False) -> Any:
        """What `natural` gave of one request, without the whole numbers and truth values that none of its rows has, or
        without whatever none of its rows has: MLflow leaves those columns out.
        """
        names = self._may_lack if of_any_type else self.optional
        absent = [name for name in names if name is not None and given[name].isna().all()]
        return given.drop(columns=absent) if absent else given


def _open(rows: np.ndarray) -> Any:
    """Rows of a model without a signature: a DataFrame when they came with names, else an array."""
    if rows.dtype != object:
        return rows
    found = rows.tolist()
    return importlib.import_module("pandas").DataFrame(found) if isinstance(found[0], dict) else np.asarray(found)


def _dtype(column: dict[str, Any]) -> str:
    kind = column["kind"]
    if kind == "BOOL":
        return "?"
    letter = {"F": "f", "I": "i", "U": "u"}[kind[0]]
    return f"<{letter}{int(kind.lstrip('FPUINT')) // 8}"


def _values(pandas: Any, column: dict[str, Any], values: np.ndarray, missing_text: str) -> Any:
    if column["logical"] == "datetime":
        return _times(pandas, [one.decode() if isinstance(one, bytes) else one for one in values.tolist()])
    if column["logical"] == "string" or (column["kind"] == "BYTES" and column["logical"] is None):
        texts = [one.decode() if isinstance(one, bytes) else one for one in values.tolist()]
        if missing_text:
            missing = float("nan") if missing_text == "NaN" else None
            return pandas.Series([missing if one is None else one for one in texts], dtype=object)
        # Left to itself, pandas 3 takes a missing text for None or for NaN by what stands in the rows beside it.
        return pandas.Series(texts, dtype="str" if int(pandas.__version__.partition(".")[0]) >= 3 else object)  # noqa: PLR2004
    return _optional(column, values) if column.get("optional") else values


def _optional(column: dict[str, Any], values: np.ndarray) -> np.ndarray:
    """In the column's own type where no value is missing; else as pandas reads such columns: 1.0, NaN or True, None."""
    if None not in values.tolist():
        return values.astype(_dtype(column))
    return values if column["kind"] == "BOOL" else values.astype(np.float64)


def _times(pandas: Any, texts: list[Any]) -> Any:
    """Times without a zone, in UTC where they came with one, as MLflow's signatures have them.

    What a text means must not depend on other rows: left to itself, pandas takes the form of the first for that of all.
    """
    if int(pandas.__version__.partition(".")[0]) < 2:  # noqa: PLR2004  # that one looks at each text by itself
        return pandas.to_datetime(texts, utc=True).tz_localize(None)
    try:
        found = pandas.to_datetime(texts, format="ISO8601", utc=True)
    except ValueError:
        found = pandas.to_datetime(texts, format="mixed", utc=True)
    return found.tz_localize(None)
