"""Rows that went through the ledger are, asked again, the rows that they were."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from modelwright.core.errors import BadInput
from modelwright.serving.model import Logging, Segment
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.messages import Request
from modelwright.serving.node.segments import Segments
from modelwright.serving.node.signature import Column, Kind, Logical, Signature
from modelwright.serving.node.stored import parse
from modelwright.serving.node.tables import OpenSchema, Schema, Table
from modelwright.serving.streams import newest_rows

ORIGIN = Origin(
    deployment="api",
    workspace="default",
    route="r1",
    model="fraud",
    version=1,
    manifest="m",
    engine="onnx",
    logging=Logging(),
)


def kept(folder: Path, inputs: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """The inputs as the ledger gives them back, the oldest row first."""
    rows = len(next(iter(inputs.values())))
    batch = ScoredBatch(
        origin=ORIGIN,
        inputs=inputs,
        outputs={"y": np.zeros(rows)},
        predictions=[f"{place:032x}" for place in range(rows)],
        position=np.zeros(rows, np.int64),
        at_ms=np.arange(rows) + 1,
        latency_ms=np.ones(rows),
        caller=[""] * rows,
        columns=(),
    )
    held: list[bytes] = []
    segments = Segments(folder, node="n", key=b"k")
    segments.write(batch)
    segments.close()

    def take(about: Segment, body: bytes) -> None:
        assert rows == about.rows
        held.append(body)

    segments.ship(take)
    return [row["inputs"] for row in newest_rows(held[0])][::-1]


def asked_again(folder: Path, schema: Schema, table: Table) -> Table:
    rows = kept(folder, schema.by_name(table))
    body = msgspec.json.encode({"columns": {name: [row[name] for row in rows] for name in rows[0]}})
    return parse(Request("POST", "/", {}, body)).table(schema)


def of(*columns: Column, tensors: bool = False) -> Schema:
    return Schema(Signature(inputs=columns, tensors=tensors))


MIXED = of(
    Column(name="amount", kind=Kind.FP64),
    Column(name="age", kind=Kind.INT32),
    Column(name="country", kind=Kind.BYTES, logical=Logical.STRING),
    Column(name="new", kind=Kind.BOOL),
    Column(name="score", kind=Kind.FP32),
    Column(name="photo", kind=Kind.BYTES, logical=Logical.BINARY),
    Column(name="items", kind=Kind.JSON),
)


def test_columns_of_all_kinds_come_back(tmp_path: Path) -> None:
    """Missing numbers and texts, bytes that are no text, and objects too."""
    table = MIXED.from_records(
        [
            {
                "amount": 1.5,
                "age": 30,
                "country": "NL",
                "new": True,
                "score": 0.1,
                "photo": "//4=",
                "items": [{"a": 1}],
            },
            {
                "amount": None,
                "age": -1,
                "country": None,
                "new": False,
                "score": 2.5,
                "photo": "AA==",
                "items": {"b": []},
            },
        ]
    )
    again = asked_again(tmp_path, MIXED, table)

    for was, now in zip(table, again, strict=True):
        assert (was.dtype, was.shape) == (now.dtype, now.shape)
        np.testing.assert_array_equal(was, now)


@pytest.mark.parametrize("dims", [(3,), (2, 2), (-1,), (2, -1)])
def test_tensors_come_back_in_their_shape(tmp_path: Path, dims: tuple[int, ...]) -> None:
    """The ledger keeps a row of a tensor as one flat list."""
    schema = of(Column(name="x", kind=Kind.FP32, dims=dims), tensors=True)
    shape = (2, *[4 if size == -1 else size for size in dims])
    table = [np.arange(np.prod(shape), dtype=np.float32).reshape(shape)]

    np.testing.assert_array_equal(table[0], asked_again(tmp_path, schema, table)[0])


def test_inputs_without_names_come_back_by_their_places(tmp_path: Path) -> None:
    schema = of(Column(name=None, kind=Kind.FP64), Column(name=None, kind=Kind.INT64))
    table = schema.from_rows([[0.5, 7], [1.5, 8]])

    for was, now in zip(table, asked_again(tmp_path, schema, table), strict=True):
        np.testing.assert_array_equal(was, now)


def test_objects_of_a_model_without_a_signature_come_back(tmp_path: Path) -> None:
    schema = OpenSchema()
    table = schema.from_records([{"a": 1, "b": "x"}, {"a": 2.5, "b": None}])

    assert table[0].tolist() == asked_again(tmp_path, schema, table)[0].tolist()


@pytest.mark.parametrize(
    ("schema", "columns", "said"),
    [
        (of(Column(name="a", kind=Kind.FP64)), {"b": [1.0]}, "column 'a' is missing; the row has"),
        (of(Column(name="a", kind=Kind.INT64)), {"a": [1.5]}, "'a'"),
        (of(Column(name="a", kind=Kind.FP64, dims=(3,)), tensors=True), {"a": [[1.0, 2.0]]}, "has 2 values in 1 rows"),
        (of(Column(name="a", kind=Kind.FP64, dims=(-1, -1)), tensors=True), {"a": [[1.0]]}, "has 1 values in 1 rows"),
    ],
)
def test_rows_of_another_version_that_do_not_fit_are_refused(
    schema: Schema, columns: dict[str, list[Any]], said: str
) -> None:
    """A replay counts it as a row that the candidate cannot answer."""
    body = msgspec.json.encode({"columns": columns})
    with pytest.raises(BadInput) as refused:
        parse(Request("POST", "/", {}, body)).table(schema)

    assert said in refused.value.message
