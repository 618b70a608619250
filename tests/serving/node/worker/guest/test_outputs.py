"""What models return, as arrays of one entry per row, or as a whole."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from modelwright.serving.node.worker.guest.outputs import read


class Forecast:
    """As much of a pandas table as is looked at; pandas itself is in the models' environments only."""

    def __init__(self, **columns: list[Any]) -> None:
        self.columns = list(columns)
        self._values = list(columns.values())
        self.iloc = self

    def __len__(self) -> int:
        return len(self._values[0])

    def __getitem__(self, place: tuple[slice, int]) -> np.ndarray:
        found = np.array(self._values[place[1]]).view(_Series)
        assert place[0] == slice(None)
        return found

    def to_numpy(self) -> np.ndarray:
        return np.array(self._values).T

    def to_json(self, *, orient: str, date_format: str) -> str:
        assert ("records", "iso") == (orient, date_format)
        return json.dumps([dict(zip(self.columns, row, strict=True)) for row in zip(*self._values, strict=True)])


class _Series(np.ndarray):
    def to_numpy(self) -> np.ndarray:
        return np.asarray(self)


def test_a_table_of_as_many_rows_is_columns() -> None:
    """One array per column, in their order."""
    found = read(Forecast(low=[1.0, 2.0], high=[3.0, 4.0]), 2)

    assert (["low", "high"], True, None) == (found.names, found.frame, found.whole)
    assert [[1.0, 2.0], [3.0, 4.0]] == [array.tolist() for array in found.arrays]


def test_a_table_of_other_length_is_a_whole() -> None:
    """A forecast of two days for a question of one row, as records; it has no rows of the question's."""
    found = read(Forecast(day=["2026-01-01", "2026-01-02"], value=[1.5, None]), 1)

    assert ([], []) == (found.names, found.arrays)
    assert [{"day": "2026-01-01", "value": 1.5}, {"day": "2026-01-02", "value": None}] == found.whole


class Named(list[Any]):
    """As much of a pandas Series as is looked at."""

    def __init__(self, name: str | None, values: list[Any]) -> None:
        super().__init__(values)
        self.name = name

    def to_frame(self) -> None:
        raise AssertionError

    def to_numpy(self) -> np.ndarray:
        return np.array(list(self))


@pytest.mark.parametrize(("name", "column"), [("risk", "risk"), (None, "0")])
def test_a_series_is_a_table_of_one_column(name: str | None, column: str) -> None:
    """As MLflow's server writes it."""
    found = read(Named(name, [1.0, 2.0]), 2)

    assert ([column], True, [1.0, 2.0]) == (found.names, found.frame, found.arrays[0].tolist())


def test_a_single_number_is_a_whole() -> None:
    """Also one that numpy holds in an array without dimensions."""
    assert [4, 4] == [read(np.array(4), 2).whole, read(4, 2).whole]


def test_rows_of_records_are_lists() -> None:
    """What numpy keeps as records has no bytes to read."""
    rows = np.array([(1, 2.5), (2, 0.5)], dtype=[("a", "i4"), ("b", "f8")])

    assert [[1, 2.5], [2, 0.5]] == read(rows, 2).arrays[0].tolist()


def test_lists_and_dicts_of_other_length_are_wholes_too() -> None:
    """As are dicts whose entries differ in length."""
    assert [[1, 2, 3], {"a": [1], "b": [1, 2]}] == [read([1, 2, 3], 1).whole, read({"a": [1], "b": [1, 2]}, 2).whole]


def test_a_table_of_polars_is_read_as_one_of_pandas() -> None:
    """As `set_output(transform="polars")` gives it: it has columns, but no places."""
    table = pl.DataFrame({"low": [1.0, 2.0], "high": ["a", "b"]})
    found, whole = read(table, 2), read(table, 1)

    assert (["low", "high"], True) == (found.names, found.frame)
    assert [[1.0, 2.0], ["a", "b"]] == [array.tolist() for array in found.arrays]
    assert [{"low": 1.0, "high": "a"}, {"low": 2.0, "high": "b"}] == whole.whole
