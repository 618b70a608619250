"""Rows for a Delta table: its own types, and columns that change their type from one version to the next."""

from __future__ import annotations

from typing import Any

import deltalake
import numpy as np
import pyarrow as pa
import pytest

from modelwright.serving.batch.delta import fitting


def rows(**inputs: pa.Array) -> pa.Table:
    """As many rows as the columns have."""
    parts = pa.StructArray.from_arrays(list(inputs.values()), names=list(inputs))
    return pa.table({"prediction": [str(i) for i in range(len(parts))], "inputs": parts})


def through(folder: Any, *tables: pa.Table) -> list[dict[str, Any]]:
    """What the table holds of `inputs` once these were put into it, the first first."""
    for table in tables:
        there = deltalake.DeltaTable(folder) if deltalake.DeltaTable.is_deltatable(folder) else None
        whole = fitting(table, None if there is None else pa.schema(there.schema().to_arrow()))
        deltalake.write_deltalake(folder, whole, mode="append", schema_mode="merge")
    found = deltalake.DeltaTable(folder).to_pyarrow_dataset().to_table().to_pylist()
    found.sort(key=lambda row: str(row["prediction"]))
    return [row["inputs"] for row in found]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uint8", [0, 255]),
        ("uint16", [0, 65_535]),
        ("uint32", [0, 2**32 - 1]),
        ("uint64", [0, 2**64 - 1]),
        ("int8", [-128, 127]),
        ("int64", [-(2**63), 2**63 - 1]),
        ("float16", [0.5, -2.0]),
        ("float32", [0.25, 3.0]),
        ("float64", [0.1, 1e300]),
        ("bool", [True, False]),
    ],
)
def test_every_number_comes_out_as_it_went_in(tmp_path: Any, kind: str, values: list[Any]) -> None:
    """Also the largest of the types that Delta does not have."""
    column = pa.array(np.array(values, dtype=kind))

    assert values == [row["a"] for row in through(str(tmp_path / "t"), rows(a=column))]


def test_text_bytes_lists_and_gaps_come_out_as_they_went_in(tmp_path: Any) -> None:
    """What strings, binary and shaped tensors are in the ledger."""
    table = rows(
        text=pa.array(["é", None]),
        raw=pa.array([b"\x00", None]),
        shaped=pa.array([[1, 255], None], pa.list_(pa.uint8(), 2)),
    )

    assert [
        {"text": "é", "raw": b"\x00", "shaped": [1, 255]},
        {"text": None, "raw": None, "shaped": None},
    ] == through(str(tmp_path / "t"), table)


def test_a_column_that_a_later_version_brings_is_null_before(tmp_path: Any) -> None:
    """And one that it no longer has is null from then on."""
    old, new = rows(a=pa.array([1.5])), rows(a=pa.array([2.5, 3.5]), b=pa.array(["x", "y"])).slice(1)

    assert [{"a": 1.5, "b": None}, {"a": 3.5, "b": "y"}] == through(str(tmp_path / "t"), old, new)


def test_a_type_that_the_table_cannot_take_stands_beside_and_nothing_is_cut(tmp_path: Any) -> None:
    """Halves do not become whole numbers, and text does not become a number; narrower types join the wider."""
    narrow = rows(a=pa.array([7], pa.int8()))
    halves = rows(a=pa.array([0.0, 2.5])).slice(1)
    text = rows(a=pa.array(["", "", "x"])).slice(2)
    found = through(str(tmp_path / "t"), rows(a=pa.array([2**40])), halves, text)
    wider = through(str(tmp_path / "u"), rows(a=pa.array([2**40])), narrow)

    assert {"a": 2**40, "a_double": None, "a_string": None} == found[0]
    assert {"a": None, "a_double": 2.5, "a_string": None} == found[1]
    assert {"a": None, "a_double": None, "a_string": "x"} == found[2]
    assert {7, 2**40} == {row["a"] for row in wider}


def test_a_column_of_nothing_is_left_out(tmp_path: Any) -> None:
    """A column without a single value has no type yet; it comes with its first value."""
    found = through(str(tmp_path / "t"), rows(a=pa.array([1]), b=pa.nulls(1)))

    assert [{"a": 1}] == found
