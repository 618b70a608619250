"""From what a caller sent to arrays a model takes, checked against the signature on the way.

A `Table` is a list of arrays, all with the same number of rows: one array per group of the `Schema`.
Columns of one kind share an array of shape (rows, columns), so joining the rows of many callers is one
`concatenate` per kind and not one per column; a tensor input has an array of its own.
"""

from __future__ import annotations

import base64
import itertools
import math
import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec.structs import replace

from modelwright.core.errors import BadInput
from modelwright.serving.node.dtypes import DTYPES, kind_of
from modelwright.serving.node.optional import is_optional
from modelwright.serving.node.signature import FLOATS, INTEGERS, OBJECTS, Column, Kind, Logical, Signature

Table = list[np.ndarray]


class Numbers(msgspec.Struct, frozen=True, gc=False):
    """A table that is not made yet: the values of all rows, one row after the other, as `Schema.matrix` takes them."""

    values: Sequence[float]
    rows: int


def rows_of(table: Table) -> int:
    return table[0].shape[0] if table else 0


_NUMBERS = frozenset({float, int})
_TEXTS = frozenset({Logical.STRING, Logical.DATETIME})
_DIMENSIONS = 32
_EXACT = 2**53


class Group(msgspec.Struct, frozen=True):
    """Columns that share an array: their kind and their places in the signature."""

    kind: Kind
    columns: tuple[int, ...]
    dims: tuple[int, ...]


def _groups(signature: Signature) -> tuple[Group, ...]:
    if signature.tensors:
        return tuple(Group(one.kind, (i,), one.dims) for i, one in enumerate(signature.inputs))
    by_kind: dict[Kind, list[int]] = {}
    for index, column in enumerate(signature.inputs):
        by_kind.setdefault(Kind.JSON if is_optional(column) else column.kind, []).append(index)
    return tuple(Group(kind, tuple(found), (len(found),)) for kind, found in by_kind.items())


class Schema:
    """A signature, prepared for reading requests quickly. `open`: there is none, and rows may have any form."""

    open = False

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self.columns = signature.inputs
        self.groups = _groups(signature)
        # The usual case: one array of numbers, whose rows can be read without looking at single columns.
        only = self.groups[0] if len(self.groups) == 1 else None
        self.matrix: Group | None = only if only is not None and only.kind in FLOATS else None
        self.matrix_dtype = DTYPES[only.kind] if only is not None else None
        self.width = len(self.columns)
        # One row of the matrix: its shape and how many values; 0 where there is no matrix, or rows differ in length.
        self.row_shape = list(self.matrix.dims) if self.matrix is not None else []
        fixed = self.matrix is not None and min(self.row_shape, default=1) > 0
        self.row_values = math.prod(self.row_shape) if fixed else 0
        wide = self.matrix is None or self.matrix.kind is Kind.FP64
        self._most = None if wide else float(np.finfo(DTYPES[self.matrix.kind]).max)  # type: ignore[union-attr]  # `wide`
        self.names = [column.name for column in self.columns]
        self.unnamed = None in self.names
        self.variable = any(-1 in group.dims for group in self.groups)
        # Whether there are whole numbers or truth values that may be missing.
        self.optional = any(is_optional(column) for column in self.columns)

    def holds(self, values: Sequence[float]) -> bool:
        """Whether all of these stay finite as numbers of the matrix."""
        most = self._most
        return most is None or not values or (max(values) <= most and min(values) >= -most)

    def joined(self, parts: Sequence[Table | Numbers]) -> Table:
        """One table of all rows, in this order."""
        numbers = [one for one in parts if isinstance(one, Numbers)]
        if len(numbers) == len(parts):
            return self._made(numbers)
        tables = [self._made([one]) if isinstance(one, Numbers) else one for one in parts]
        return [np.concatenate(arrays) for arrays in zip(*tables, strict=True)] if len(tables) > 1 else tables[0]

    def _made(self, numbers: Sequence[Numbers]) -> Table:
        rows = sum([one.rows for one in numbers])
        count = rows * self.row_values
        values = np.empty((rows, *self.row_shape))
        # Less than half of what numpy takes, which asks every value for its type.
        struct.pack_into(f"{count}d", values.data, 0, *itertools.chain.from_iterable([one.values for one in numbers]))
        return [values.astype(self.matrix_dtype, copy=False)]

    def by_name(self, table: Table) -> dict[str, np.ndarray]:
        """The inputs one by one, in the signature's order; views, not copies. An unnamed one is `input-<place>`."""
        found: dict[int, np.ndarray] = {}
        for group, array in zip(self.groups, table, strict=True):
            for place, index in enumerate(group.columns):
                found[index] = array if self.signature.tensors else array[:, place]
        return {self.columns[index].said(index): found[index] for index in sorted(found)}

    @property
    def numeric(self) -> bool:
        return not any(group.kind in OBJECTS for group in self.groups)

    def as_matrix(self, table: Table) -> np.ndarray:
        """All columns, which must be numbers, as one array of shape (rows, columns)."""
        if len(table) == 1:
            return table[0]
        out = np.empty((len(table[0]), self.width), dtype=np.result_type(*table))
        for group, array in zip(self.groups, table, strict=True):
            out[:, group.columns] = array
        return out

    def from_matrix(self, array: np.ndarray) -> Table:
        """The table in an array of shape (rows, columns), or (rows, *dims) for the only tensor."""
        if self.optional and array.ndim == 1 and self.width == 1:
            array = array.reshape(-1, 1)
        if len(self.groups) != 1 or self.optional or len({column.logical for column in self.columns}) > 1:
            return self.from_arrays([array[:, i] for i in range(self._checked_width(array))])
        group = self.groups[0]
        if array.ndim == 1 and self.width == 1 and not self.signature.tensors:
            array = array.reshape(-1, 1)
        _check_dims(array.shape, group.dims, self.columns[0].name if self.signature.tensors else None)
        return [_cast(array, group.kind, self.columns[0])]

    def from_arrays(self, arrays: Sequence[np.ndarray]) -> Table:
        """The table in one array per input, in the signature's order.

        Columns have shape (rows,) or (rows, 1).
        """
        rows = {array.shape[0] if array.ndim else -1 for array in arrays}
        if len(rows) != 1 or -1 in rows:
            found = ", ".join(f"{c.label(i)}: {list(a.shape)}" for i, (c, a) in enumerate(self._zip(arrays)))
            raise BadInput(f"inputs differ in their number of rows ({found}); each must have the same")
        if self.signature.tensors:
            for column, array in self._zip(arrays):
                _check_dims(array.shape, column.dims, column.name)
            return [_cast(array, column.kind, column) for column, array in self._zip(arrays)]
        flat = [_flat(array, column.label(i)) for i, (column, array) in enumerate(self._zip(arrays))]
        return [
            np.stack([_cast(flat[i], self.columns[i].kind, self.columns[i]) for i in group.columns], axis=1)
            for group in self.groups
        ]

    def from_columns(self, columns: Mapping[str, Sequence[Any]]) -> Table:
        """The table in JSON lists by name.

        Other names are dropped; a required one that is absent is an error.
        """
        if self._by_place(columns):
            return self.from_rows([list(row) for row in _zipped(columns)])
        names = [one.said(index) for index, one in enumerate(self.columns)]
        lengths = {len(columns[name]) for name in names if name in columns}
        if len(lengths) > 1:
            raise BadInput(f"columns differ in length: {sorted(lengths)}; each must have one value per row")
        rows = lengths.pop() if lengths else 0
        return self._assembled([self._values(i, columns, rows) for i in range(self.width)])

    def from_rows(self, rows: Sequence[Sequence[Any]], names: Sequence[str] | None = None) -> Table:
        """The table in JSON rows; `names` gives the order of their values (None: the signature's).

        Of names that a signature without any does not know, the order counts.
        """
        if self.signature.tensors:
            return self.from_tensors({self.columns[0].name: rows})
        if names is not None and self._by_place(names):
            names = None
        width = self.width if names is None else len(names)
        for index, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != width:
                found = f"{len(row)} values" if isinstance(row, list) else repr(row)[:60]
                raise BadInput(f"row {index} has {found}; expected a list of {width}", row=index)
        if names is None:
            lists = list(zip(*rows, strict=True)) if rows else [()] * width
            return self._assembled([read(c, i, lists[i]) for i, c in enumerate(self.columns)])
        order = list(zip(*rows, strict=True)) if rows else [()] * width
        return self.from_columns(dict(zip(names, order, strict=True)))

    def from_records(self, records: Sequence[Mapping[str, Any]]) -> Table:
        """The table in a list of JSON objects; an absent value is missing."""
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise BadInput(f"row {index} is {record!r:.60}; expected an object by column name", row=index)
        present = dict.fromkeys(name for record in records for name in record)
        if self._by_place(present):
            return self.from_rows(_in_order(records))
        if self.signature.tensors:
            return self.from_tensors({name: [one.get(name) for one in records] for name in present})
        return self.from_columns(
            {
                name: [record.get(name) for record in records]
                for name in (column.said(index) for index, column in enumerate(self.columns))
                if name in present
            }
        )

    def from_tensors(self, values: Mapping[Any, Any]) -> Table:
        """The table in nested JSON lists by tensor name."""
        arrays = []
        for index, column in enumerate(self.columns):
            name = column.name if column.name in values else column.said(index)
            if name not in values:
                have = sorted(str(name) for name in values)
                raise BadInput(f"input {name!r} is missing; the request has {have}")
            arrays.append(_nested(column, index, values[name]))
        return self.from_arrays(arrays)

    def _by_place(self, names: Collection[str]) -> bool:
        """Whether the order of values says which they are: neither side has names that the other knows."""
        return self.unnamed and not any(one.said(index) in names for index, one in enumerate(self.columns))

    def _values(self, index: int, columns: Mapping[str, Sequence[Any]], rows: int) -> np.ndarray:
        column = self.columns[index]
        name = column.said(index)
        if name in columns:
            return read(column, index, columns[name])
        if column.required:
            raise BadInput(f"column {name!r} is missing; the request has {sorted(columns)[:20]}", column=name)
        return read(column, index, [None] * rows)

    def _assembled(self, arrays: list[np.ndarray]) -> Table:
        return [
            arrays[group.columns[0]].reshape(-1, 1)
            if len(group.columns) == 1
            else np.stack([arrays[i] for i in group.columns], axis=1)
            for group in self.groups
        ]

    def _checked_width(self, array: np.ndarray) -> int:
        if array.ndim != 2 or array.shape[1] != self.width:  # noqa: PLR2004  # rows and columns
            raise BadInput(f"got shape {list(array.shape)}; expected [-1, {self.width}]")
        return self.width

    def _zip(self, arrays: Sequence[np.ndarray]) -> list[tuple[Column, np.ndarray]]:
        return list(zip(self.columns, arrays, strict=True))


def _in_order(records: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """The values of each record, in the order of the first one's keys; all must have the same keys."""
    names = list(records[0]) if records else []
    for index, record in enumerate(records):
        if record.keys() != set(names):
            raise BadInput(f"row {index} has the keys {sorted(record)[:10]}; the first row has {names[:10]}", row=index)
    return [[record[name] for name in names] for record in records]


def _zipped(columns: Mapping[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
    if len({len(values) for values in columns.values()}) > 1:
        raise BadInput("columns differ in length; each must have one value per row")
    return list(zip(*columns.values(), strict=True))


class OpenSchema(Schema):
    """For a model logged without a signature: rows go to it as they came, unchecked, as objects or as lists."""

    open = True

    def __init__(self) -> None:
        super().__init__(Signature(inputs=(Column(name=None, kind=Kind.JSON),)))
        # Unchecked rows have any shape; only those of the same one may share a call of the model.
        self.variable = True

    def from_matrix(self, array: np.ndarray) -> Table:
        return [array]

    def from_arrays(self, arrays: Sequence[np.ndarray]) -> Table:
        return [np.stack([array.reshape(len(array)) for array in arrays], axis=1)]

    def from_columns(self, columns: Mapping[str, Sequence[Any]]) -> Table:
        return self.from_records([dict(zip(columns, row, strict=True)) for row in _zipped(columns)])

    def from_rows(self, rows: Sequence[Sequence[Any]], names: Sequence[str] | None = None) -> Table:
        if names is None:
            return self.from_records(rows)
        if any(not isinstance(row, list) or len(row) != len(names) for row in rows):
            raise BadInput(f"each row must be a list of {len(names)} values, one per column")
        return self.from_records([dict(zip(names, row, strict=True)) for row in rows])

    def from_records(self, records: Sequence[Any]) -> Table:
        out = np.empty(len(records), dtype=object)
        out[:] = list(records)
        return [out]

    def from_tensors(self, values: Mapping[Any, Any]) -> Table:
        return self.from_columns(values)

    def by_name(self, table: Table) -> dict[str, np.ndarray]:
        return {"input": table[0]}


def _flat(array: np.ndarray, label: str) -> np.ndarray:
    if array.ndim == 1:
        return array
    if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004  # a column written as a matrix of one
        return array[:, 0]
    raise BadInput(f"{label} has shape {list(array.shape)}; expected [-1] or [-1, 1]")


def _check_dims(shape: tuple[int, ...], dims: tuple[int, ...], name: str | None) -> None:
    fits = len(shape) == len(dims) + 1 and all(want in {-1, have} for want, have in zip(dims, shape[1:], strict=True))
    if not fits:
        what = f"input {name!r}" if name else "the input"
        raise BadInput(f"{what} has shape {list(shape)}; expected {[-1, *dims]}")


def _cast(array: np.ndarray, kind: Kind, column: Column) -> np.ndarray:
    """The array in the column's own kind, when no value can change by that."""
    wanted = DTYPES[kind]
    if not column.required and is_optional(column):
        # As an object it comes from `read`, checked.
        return array if array.dtype == object else _cast(array, kind, replace(column, required=True)).astype(object)
    if array.dtype == wanted and column.logical is None:
        return array
    if kind in OBJECTS and array.dtype.kind in "USO":
        if column.logical is Logical.BINARY:
            return _encoded(array)
        return _decoded(array, column) if column.logical in _TEXTS else array.astype(object)
    if kind not in OBJECTS and array.dtype != object and np.can_cast(array.dtype, wanted, "safe"):
        return array.astype(wanted)
    what = f"input {column.name!r}" if column.name else "the input"
    raise BadInput(f"{what} is {kind_of(array.dtype)}; expected {kind}", expected=kind.value)


def _encoded(array: np.ndarray) -> np.ndarray:
    """Bytes as bytes, also those that JSON brought as a text."""
    out = np.empty(array.shape, dtype=object)
    for row, one in enumerate(array.flat):
        out.flat[row] = one.encode() if isinstance(one, str) else one
    return out


def _decoded(array: np.ndarray, column: Column) -> np.ndarray:
    """Text as text: a binary tensor brings the bytes of it."""
    out = np.empty(array.shape, dtype=object)
    for row, one in enumerate(array.flat):
        try:
            out.flat[row] = one.decode() if isinstance(one, bytes) else one
        except UnicodeDecodeError:
            what = f"input {column.name!r}" if column.name else "the input"
            raise BadInput(f"{what}, element {row}: got {one!r:.60}, which is not UTF-8") from None
    return out


def read(column: Column, index: int, values: Sequence[Any]) -> np.ndarray:
    """An array of shape (rows,) from JSON values; the error names column, row, and what was expected."""
    if not isinstance(values, (list, tuple)):
        raise BadInput(f"{column.label(index)} is {values!r:.60}; expected a list with one value per row")
    if column.kind in OBJECTS:
        return _objects(column, index, values)
    types = set(map(type, values))
    if column.kind in FLOATS:
        if types <= _NUMBERS:
            return _floats(column, index, values)
        return _floats(column, index, [_number(column, index, row, one) for row, one in enumerate(values)])
    wanted = bool if column.kind is Kind.BOOL else int
    if wanted is int and float in types:
        values = [_whole(one) for one in values]
    if not column.required:
        return _optional(column, index, values)
    if set(map(type, values)) <= {wanted}:
        try:
            return np.array(values, dtype=DTYPES[column.kind])
        except OverflowError:
            pass
    for row, one in enumerate(values):
        _integer_or_bool(column, index, row, one)
    return np.array(values, dtype=DTYPES[column.kind])


def _optional(column: Column, index: int, values: Sequence[Any]) -> np.ndarray:
    for row, one in enumerate(values):
        if one is not None:
            _integer_or_bool(column, index, row, one)
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _floats(column: Column, index: int, values: Sequence[Any]) -> np.ndarray:
    try:
        if column.kind is Kind.FP64:
            return np.array(values, dtype=DTYPES[column.kind])
        with np.errstate(over="ignore"):
            array = np.array(values, dtype=DTYPES[column.kind])
    except OverflowError:
        row = next(row for row, one in enumerate(values) if isinstance(one, int) and abs(one) > 2**1023)
        raise _wrong(column, index, row, "a whole number with hundreds of digits") from None
    for row in np.flatnonzero(np.isinf(array)).tolist():
        if math.isfinite(values[row]):
            raise _wrong(column, index, row, f"{values[row]!r:.60}, which is too large")
    return array


def _wrong(column: Column, index: int, row: int, found: str) -> BadInput:
    wanted = column.logical.value if column.logical else column.kind.value
    return BadInput(
        f"{column.label(index)}, row {row}: got {found}, expected {wanted}",
        column=column.name if column.name is not None else index,
        row=row,
        expected=wanted,
    )


def _number(column: Column, index: int, row: int, value: Any) -> Any:
    if value is None:
        return float("nan")
    if type(value) not in _NUMBERS:
        raise _wrong(column, index, row, f"{value!r:.60}")
    return value


def _whole(value: Any) -> Any:
    """`1.0` as the whole number that it is, to JSON and to writers that know one kind of number alone.

    Beyond 2**53 a float is no longer the number that was written.
    """
    return int(value) if type(value) is float and value.is_integer() and abs(value) <= _EXACT else value


def _integer_or_bool(column: Column, index: int, row: int, value: Any) -> None:
    wanted = bool if column.kind is Kind.BOOL else int
    if type(value) is not wanted:
        raise _wrong(column, index, row, "a missing value" if value is None else f"{value!r:.60}")
    if column.kind in INTEGERS:
        bounds = np.iinfo(DTYPES[column.kind])
        if not int(bounds.min) <= value <= int(bounds.max):
            raise _wrong(column, index, row, f"{value!r:.60} (outside {bounds.min} to {bounds.max})")


def _objects(column: Column, index: int, values: Sequence[Any]) -> np.ndarray:
    out = np.empty(len(values), dtype=object)
    for row, one in enumerate(values):
        out[row] = one if column.kind is Kind.JSON else _text(column, index, row, one)
    return out


def _text(column: Column, index: int, row: int, value: Any) -> str | bytes | None:
    # No time is an empty text; pandas takes it for a missing one.
    if value is None or (value == "" and column.logical is Logical.DATETIME):
        if column.required and column.logical is not Logical.STRING:
            raise _wrong(column, index, row, "a missing value")
        return None
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise _wrong(column, index, row, f"{value!r:.60}")
    if column.logical is Logical.BINARY:
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:  # binascii.Error is one, and so is what b64decode raises for letters beyond ASCII
            raise _wrong(column, index, row, f"{value!r:.60}, which is not base64") from None
    return value


def _nested(column: Column, index: int, values: Any) -> np.ndarray:
    """An array from nested JSON lists of equal lengths; every leaf is checked like a column's value."""
    shape: list[int] = []
    level = values
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    if len(shape) > _DIMENSIONS:
        raise BadInput(f"input {column.name!r} is nested {len(shape)} levels deep; expected {[-1, *column.dims]}")
    leaves: list[Any] = values if shape else [values]
    for depth, length in enumerate(shape):
        if depth == 0:
            continue
        if any(not isinstance(one, list) or len(one) != length for one in leaves):
            raise BadInput(f"input {column.name!r} is ragged; expected nested lists of shape {[-1, *column.dims]}")
        leaves = [leaf for one in leaves for leaf in one]
    return read(column, index, leaves).reshape(shape)
