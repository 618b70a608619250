"""The ledger as one table: segments of several routes and versions, side by side; Parquet and SQL over it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from modelwright.core.errors import BadInput, NotFound
from modelwright.serving.model import Form, Segment
from modelwright.serving.streams import whole_bytes

TABLE = "predictions"
_SIDES = {"inputs", "outputs"}


def as_table(segments: Iterable[tuple[Segment, bytes]], *, since_ms: int, until_ms: int) -> pa.Table:
    """All rows of that time, oldest first: prediction, position, at, latency_ms, caller, inputs, outputs, and for
    each row its deployment, route, model, version, manifest, engine, node and the probability with which it was kept.

    Inputs and outputs are structs; a column that one version lacks is null in its rows. Where versions have no type in
    common (text here, numbers there), the column is text, lists and the like as JSON. Raises NotFound when there is
    none.
    """
    tables = [_table(segment, body) for segment, body in segments]
    if not tables:
        raise NotFound("the ledger has no predictions of that time; look further back, such as 7d")
    at_odds = _at_odds(tables)
    whole = pa.concat_tables([_as_text(table, at_odds) for table in tables], promote_options="permissive")
    at = whole["at"].cast(pa.int64())
    wanted = pa.compute.and_(pa.compute.greater_equal(at, since_ms), pa.compute.less(at, until_ms))
    return whole.filter(wanted).sort_by("at")


def _table(segment: Segment, body: bytes) -> pa.Table:
    if segment.form is Form.PARQUET:
        return pq.read_table(pa.BufferReader(body))
    return stamped(pa.ipc.open_stream(body[: whole_bytes(body)]).read_all(), segment)


def _at_odds(tables: list[pa.Table]) -> set[tuple[str, str]]:
    """The columns, with their side, of which no type holds the values of all tables."""
    found: dict[tuple[str, str], set[pa.DataType]] = {}
    for table in tables:
        for side in _SIDES & set(table.column_names):
            for field in table.schema.field(side).type:
                found.setdefault((side, field.name), set()).add(field.type)
    return {which for which, types in found.items() if not _have_common(types)}


def _have_common(types: set[pa.DataType]) -> bool:
    try:
        pa.unify_schemas([pa.schema([("it", one)]) for one in types], promote_options="permissive")
    except pa.ArrowTypeError:
        return False
    return True


def _as_text(table: pa.Table, which: set[tuple[str, str]]) -> pa.Table:
    """The table with these columns as text."""
    for side in {side for side, _ in which} & set(table.column_names):
        place = table.column_names.index(side)
        names = [field.name for field in table.schema.field(side).type]
        parts = [
            _text(part) if (side, name) in which else part
            for name, part in zip(names, table[side].combine_chunks().flatten(), strict=True)
        ]
        table = table.set_column(place, side, pa.StructArray.from_arrays(parts, names=names))
    return table


def _text(values: pa.Array) -> pa.Array:
    if pa.types.is_nested(values.type) or pa.types.is_binary(values.type):
        return pa.array([None if one is None else msgspec.json.encode(one).decode() for one in values.to_pylist()])
    return values.cast(pa.string())


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
