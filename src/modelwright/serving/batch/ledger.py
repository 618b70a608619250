"""The ledger as one table: segments of several routes and versions, side by side; Parquet and SQL over it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from modelwright.core.errors import BadInput, NotFound
from modelwright.serving.model import Form, Segment
from modelwright.serving.streams import whole_bytes

TABLE = "predictions"


def as_table(segments: Iterable[tuple[Segment, bytes]], *, since_ms: int, until_ms: int) -> pa.Table:
    """All rows of that time, oldest first: prediction, position, at, latency_ms, caller, inputs, outputs, and for
    each row its deployment, route, model, version, manifest, engine, node and the probability with which it was kept.

    Inputs and outputs are structs; a column that one version lacks is null in its rows. Raises NotFound when there is
    none.
    """
    tables = [_table(segment, body) for segment, body in segments]
    if not tables:
        raise NotFound("the ledger has no predictions of that time; look further back, such as 7d")
    whole = pa.concat_tables(tables, promote_options="permissive")
    at = whole["at"].cast(pa.int64())
    wanted = pa.compute.and_(pa.compute.greater_equal(at, since_ms), pa.compute.less(at, until_ms))
    return whole.filter(wanted).sort_by("at")


def _table(segment: Segment, body: bytes) -> pa.Table:
    if segment.form is Form.PARQUET:
        return pq.read_table(pa.BufferReader(body))
    return stamped(pa.ipc.open_stream(body[: whole_bytes(body)]).read_all(), segment)


def stamped(table: pa.Table, segment: Segment) -> pa.Table:
    """The rows of a segment, each with where it came from."""
    same = {
        "deployment": segment.deployment,
        "route": segment.route,
        "model": segment.model,
        "version": segment.version,
        "manifest": segment.manifest,
        "engine": segment.engine,
        "node": segment.node,
        "kept_share": segment.share,
    }
    for name, value in same.items():
        table = table.append_column(name, pa.repeat(value, table.num_rows))
    return table


def write_parquet(table: pa.Table, target: Path) -> None:
    """There completely or not at all."""
    unfinished = target.with_name(target.name + ".unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.rename(target)


def query(table: pa.Table, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a query over the table `predictions`. Raises BadInput with DuckDB's own words."""
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        connection.register(TABLE, table)
        try:
            answer = connection.execute(sql)
            return [column[0] for column in answer.description], answer.fetchall()
        except duckdb.Error as error:
            raise BadInput(f"the query failed: {error}", sql=sql) from error
