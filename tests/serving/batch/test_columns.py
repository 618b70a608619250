"""What stands in a file means what the same values mean to a deployment."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelwright.core.errors import BadInput
from modelwright.serving.batch.columns import columns_to_read, table_of
from modelwright.serving.batch.files import Source
from modelwright.serving.node import invocations
from modelwright.serving.node.messages import Request
from modelwright.serving.node.signature import from_mlmodel
from modelwright.serving.node.tables import OpenSchema, Schema

TIME = dt.datetime(2024, 1, 5, 10, 0, 0, 123456)  # noqa: DTZ001  # files have times without a zone


def schema(*inputs: dict[str, Any]) -> Schema:
    found = from_mlmodel({"signature": {"inputs": json.dumps(inputs)}})
    assert found is not None
    return Schema(found)


def column(kind: str, *, required: bool = True) -> Schema:
    return schema({"type": kind, "name": "x", "required": required})


def tensor(kind: str, *shape: int, name: str | None = None) -> dict[str, Any]:
    said: dict[str, Any] = {"type": "tensor", "tensor-spec": {"dtype": kind, "shape": [-1, *shape]}}
    return said if name is None else {**said, "name": name}


def in_file(path: Path, into: Schema, *keep: str) -> list[list[Any]]:
    """Each array of the table, over all batches of the file."""
    source = Source(path)
    batches = source.batches(1000, columns=columns_to_read(into, source.names, keep))
    tables = [table_of(batch, into, keep) for batch in batches]
    return [np.concatenate(arrays).tolist() for arrays in zip(*tables, strict=True)]


def in_request(text: str, into: Schema) -> list[list[Any]]:
    asked = Request("POST", "/invocations", {b"content-type": b"text/csv"}, text.encode())
    return [array.tolist() for array in invocations.parse(asked).table(into)]


def in_parquet(path: Path, into: Schema, *keep: str, **columns: Any) -> list[list[Any]]:
    pq.write_table(pa.table(columns), path / "in.parquet")
    return in_file(path / "in.parquet", into, *keep)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", ["01234", "00007"]),
        ("string", ["1.50", "2"]),
        ("string", ["true", "False"]),
        ("string", ["2024-01-05", "2024-02-01"]),
        ("string", ["2024-01-05 10:00:00", "2024-02-01 00:00:00"]),
        ("string", ["NA", "", "5"]),
        ("double", ["1", "NA", "", "None", "inf", "9007199254740993"]),
        ("float", ["16777217", "0.1"]),
        ("long", ["1.0", "2"]),
        ("boolean", ["True", "false"]),
        ("boolean", ["0", "1"]),
        ("datetime", ["2024-01-05 10:00:00.123456", "2024-02-01T00:00:00+02:00"]),
        ("binary", ["aGk="]),
    ],
)
def test_a_csv_file_is_read_as_a_csv_request(tmp_path: Path, kind: str, values: list[str]) -> None:
    """A code of digits stays a text, a time and a truth value too, where the model takes texts."""
    text = "y,x\n" + "".join(f"{place},{value}\n" for place, value in enumerate(values))
    (tmp_path / "in.csv").write_text(text)

    assert repr(in_request(text, column(kind))) == repr(in_file(tmp_path / "in.csv", column(kind)))


@pytest.mark.parametrize(
    ("kind", "values"),
    [("double", ["1.5", "abc"]), ("double", ["true"]), ("float", ["3.4e39"]), ("boolean", ["2"]), ("long", ["1.5"])],
)
def test_what_a_request_is_refused_for_a_file_is_refused_for(tmp_path: Path, kind: str, values: list[str]) -> None:
    """By the name of the column."""
    text = "y,x\n" + "".join(f"{place},{value}\n" for place, value in enumerate(values))
    (tmp_path / "in.csv").write_text(text)

    with pytest.raises(BadInput, match="column 'x'"):
        in_request(text, column(kind))
    with pytest.raises(BadInput, match="column 'x'"):
        in_file(tmp_path / "in.csv", column(kind))


def test_what_stands_late_in_a_file_does_not_stop_it(tmp_path: Path) -> None:
    """What a column looks like in the first megabytes is not what decides: neither of the model's nor of others."""
    rows = "".join(f"{place},{place},{place}\n" for place in range(500_000))
    (tmp_path / "in.csv").write_text(f"x,s,other\n{rows}1.5,abc,def\n")
    into = schema({"type": "double", "name": "x"}, {"type": "string", "name": "s"})

    numbers, texts = in_file(tmp_path / "in.csv", into)

    assert ([1.5], ["abc"], ["7"]) == (numbers[-1], texts[-1], texts[7])


@pytest.mark.parametrize("kind", ["long", "boolean"])
def test_optional_values_may_be_missing_in_files_too(tmp_path: Path, kind: str) -> None:
    """As in a request; a deployment took them, and a file with them was refused."""
    into, value = column(kind, required=False), {"long": 2**53 + 1, "boolean": True}[kind]
    expected = [[[value], [None]]]
    (tmp_path / "in.csv").write_text(f"y,x\n1,{value}\n2,\n")

    assert expected == in_file(tmp_path / "in.csv", into)
    assert expected == in_parquet(tmp_path, into, x=pa.array([value, None]))
    assert [[[None], [None]]] == in_parquet(tmp_path, into, x=pa.nulls(2))
    assert [[[None], [None]]] == in_parquet(tmp_path, into, y=[1, 2])


def test_whole_numbers_that_pandas_made_fractions_are_read(tmp_path: Path) -> None:
    """It has no whole number for a missing one."""
    assert [[[1], [None]]] == in_parquet(tmp_path, column("long", required=False), x=[1.0, float("nan")])


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("string", pa.array(["a", "b", None]).dictionary_encode(), ["a", "b", None]),
        ("long", pa.array([1, 2]).dictionary_encode(), [1, 2]),
        ("datetime", pa.array([TIME]), ["2024-01-05 10:00:00.123456"]),
        ("datetime", pa.array([1704448800123456789], pa.timestamp("ns")), ["2024-01-05 10:00:00.123456789"]),
        ("datetime", pa.array([TIME.date()]), ["2024-01-05"]),
        ("binary", pa.array([b"\xff\x00"]), [b"\xff\x00"]),
        ("double", pa.array([1, None]), [1.0, float("nan")]),
        ("double", pa.array([2**53 + 1]), [2.0**53]),
    ],
)
def test_columns_of_parquet_are_read_by_what_they_mean(
    tmp_path: Path, kind: str, values: pa.Array, expected: list[Any]
) -> None:
    """Dictionaries, times of every unit, and numbers of more digits than the model's."""
    assert repr([[[one] for one in expected]]) == repr(in_parquet(tmp_path, column(kind), x=values))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", [1, 2]),
        ("string", [True]),
        ("string", [TIME]),
        ("double", [True]),
        ("double", [TIME]),
        ("float", [1e39]),
        ("boolean", [2]),
        ("datetime", [5]),
        ("datetime", [TIME, None]),
    ],
)
def test_a_column_of_another_kind_is_refused_by_name(tmp_path: Path, kind: str, values: list[Any]) -> None:
    """A number is no text, also where Python could write it as one."""
    with pytest.raises(BadInput, match="column 'x'"):
        in_parquet(tmp_path, column(kind), x=values)


def test_lists_and_maps_are_rows_of_their_own(tmp_path: Path) -> None:
    """Also when all lists are equally long, which makes a matrix of them in numpy."""
    lists = schema({"type": "array", "name": "x", "items": {"type": "double"}, "required": True})
    maps = schema({"type": "map", "name": "x", "values": {"type": "double"}, "required": True})

    assert [[[[1.0, 2.0]], [[3.0, 4.0]]]] == in_parquet(tmp_path, lists, x=[[1.0, 2.0], [3.0, 4.0]])
    assert [[[{"k": 1.0}]]] == in_parquet(
        tmp_path, maps, x=pa.array([[("k", 1.0)]], pa.map_(pa.string(), pa.float64()))
    )


def test_tensors_lie_in_columns_of_lists(tmp_path: Path) -> None:
    """By name where they have one, and as the only column where there is but one."""
    pair = schema(tensor("float64", 2, name="u"), tensor("int64", name="v"))
    nested = [[[1.0, 2.0], [3.0, 4.0]]]

    assert [[[1.0, 2.0]], [3]] == in_parquet(tmp_path, pair, v=[3], u=[[1.0, 2.0]], other=["z"])
    assert [nested] == in_parquet(tmp_path, schema(tensor("float32", 2, 2)), image=nested)
    assert [[["p", "q"]]] == in_parquet(tmp_path, schema(tensor("str", 2)), a=["p"], b=["q"])
    with pytest.raises(BadInput, match="lists of the lengths"):
        in_parquet(tmp_path, schema(tensor("float64", 2)), x=[[1.0], [1.0, 2.0]])


@pytest.mark.parametrize(
    "into", [schema({"type": "double"}, {"type": "double"}), schema(tensor("float64", 2))], ids=["columns", "tensor"]
)
def test_a_kept_column_takes_no_place_of_the_models(tmp_path: Path, into: Schema) -> None:
    """Whose inputs have none but places: the number of a case was taken for the first of them."""
    columns = {"id": [7.0], "a": [1.0], "b": [2.0]}

    assert [[[1.0, 2.0]]] == in_parquet(tmp_path, into, "id", **columns)
    with pytest.raises(BadInput, match="3 columns for 2"):
        in_parquet(tmp_path, into, **columns)


def test_a_model_without_a_signature_gets_whole_rows(tmp_path: Path) -> None:
    """It got the values of the first column."""
    assert [[{"a": 1, "b": "x"}]] == in_parquet(tmp_path, OpenSchema(), a=[1], b=["x"])


def test_a_kept_code_keeps_its_zeros(tmp_path: Path) -> None:
    """Numbers of cases are joined by it; other columns are what they look like, as before."""
    (tmp_path / "in.csv").write_text("code,count,x\n007,7,1\n010,8,2\n")
    source = Source(tmp_path / "in.csv")
    [batch] = source.batches(10, columns=columns_to_read(column("double"), source.names, ("code", "count")))

    assert {"code": ["007", "010"], "count": [7, 8], "x": [1.0, 2.0]} == batch.to_pydict()
