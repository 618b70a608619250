"""The ledger in bulk: one table out of many segments, as Parquet and under SQL."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from modelwright.core.errors import BadInput, NotFound
from modelwright.serving.batch.ledger import as_table, query, write_parquet
from modelwright.serving.model import Logging, Segment
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.segments import Segments

BEGIN = 1_700_000_000_000
ALWAYS = {"since_ms": 0, "until_ms": 2 * BEGIN}


def segment(folder: Path, version: int, first_ms: int, **inputs: np.ndarray) -> tuple[Segment, bytes]:
    rows = len(next(iter(inputs.values())))
    origin = Origin(
        deployment="fraud-api",
        workspace="default",
        route=f"fraud-{version}",
        model="fraud",
        version=version,
        manifest="m",
        engine="onnx",
        logging=Logging(share=0.5),
    )
    batch = ScoredBatch(
        origin=origin,
        inputs=inputs,
        outputs={"label": np.arange(rows)},
        predictions=[f"{first_ms + i:012x}{i:020x}" for i in range(rows)],
        position=np.zeros(rows, np.int64),
        at_ms=np.arange(first_ms, first_ms + rows),
        latency_ms=np.full(rows, 2.0),
        caller=[""] * rows,
        columns=(),
    )
    held: list[tuple[Segment, bytes]] = []
    ledger = Segments(folder / str(version), node="one", key=b"k")
    ledger.write(batch)
    ledger.close()
    ledger.ship(lambda about, body: held.append((about, body)))
    return held[0]


@pytest.fixture
def two(tmp_path: Path) -> list[tuple[Segment, bytes]]:
    """Version 2 has a column that version 1 lacks, and came first."""
    return [
        segment(tmp_path, 2, BEGIN, amount=np.array([1.0, 2.0]), age=np.array([30, 40])),
        segment(tmp_path, 1, BEGIN - 10, amount=np.array([5.0, 6.0, 7.0])),
    ]


def test_versions_with_different_columns_are_one_table_in_order_of_time(two: list[tuple[Segment, bytes]]) -> None:
    """What one version lacks is null in its rows; every row says where it came from."""
    found = as_table(two, **ALWAYS).to_pylist()

    assert [1, 1, 1, 2, 2] == [row["version"] for row in found]
    assert [None, None, None, 30, 40] == [row["inputs"]["age"] for row in found]
    assert [5.0, 6.0, 7.0, 1.0, 2.0] == [row["inputs"]["amount"] for row in found]
    assert {("fraud-api", "one", 0.5)} == {(row["deployment"], row["node"], row["kept_share"]) for row in found}


def test_a_column_that_is_text_in_one_version_and_numbers_in_another_is_text(tmp_path: Path) -> None:
    """Nothing is lost for it: numbers, lists and truth are written out, what is missing stays missing."""
    segments = [
        segment(tmp_path, 1, BEGIN, zone=np.array([7, 12]), part=np.array([[1.5, 2.0], [3.0, 4.0]])),
        segment(tmp_path, 2, BEGIN + 2, zone=np.array(["north", None], dtype=object), part=np.array([True, False])),
        segment(tmp_path, 3, BEGIN + 4, amount=np.array([1.0])),
    ]
    table = as_table(segments, **ALWAYS)
    found = [row["inputs"] for row in table.to_pylist()]
    _, counted = query(table, "SELECT count(*) FROM predictions WHERE inputs.zone = '12'")

    assert ["7", "12", "north", None, None] == [row["zone"] for row in found]
    assert ["[1.5,2.0]", "[3.0,4.0]", "true", "false", None] == [row["part"] for row in found]
    assert [None, None, None, None, 1.0] == [row["amount"] for row in found]
    assert [(1,)] == counted


def test_only_rows_of_the_time_asked_for_are_there(two: list[tuple[Segment, bytes]]) -> None:
    """Segments reach beyond the edges; the table does not."""
    assert 2 == as_table(two, since_ms=BEGIN - 8, until_ms=BEGIN + 1).num_rows


def test_parquet_and_sql_see_the_same_rows(two: list[tuple[Segment, bytes]], tmp_path: Path) -> None:
    """Sampling is undone with the known probability."""
    table = as_table(two, **ALWAYS)
    write_parquet(table, tmp_path / "out.parquet")

    columns, rows = query(table, "SELECT version, sum(1 / kept_share) AS n FROM predictions GROUP BY 1 ORDER BY 1")

    assert (["version", "n"], [(1, 6.0), (2, 4.0)]) == (columns, rows)
    assert 5 == pq.read_metadata(tmp_path / "out.parquet").num_rows


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("SELECT nothing FROM predictions", "nothing"),
        ("SELECT * FROM read_csv('/etc/passwd')", "disabled"),
        ("SELEC", "syntax error"),
    ],
)
def test_a_query_that_fails_says_why_and_reaches_nothing_else(
    two: list[tuple[Segment, bytes]], sql: str, part: str
) -> None:
    """DuckDB's own words; files of this machine are out of reach."""
    with pytest.raises(BadInput) as refused:
        query(as_table(two, **ALWAYS), sql)

    assert part in refused.value.message


def test_an_empty_ledger_is_said_to_be_empty() -> None:
    """Not an empty file that looks like an answer."""
    with pytest.raises(NotFound, match="no predictions of that time"):
        as_table([], **ALWAYS)
