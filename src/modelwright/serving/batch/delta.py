"""The ledger as Delta tables, one for each deployment, for engines that read those: Spark, Trino, Polars, DuckDB.

A process of its own: `python -m modelwright.serving.batch.delta`, asked on standard input, as merging is. Each Parquet
file of the ledger comes into the table by one commit that bears the file's name (the protocol's application
transactions), so that a process killed between the commit and its answer doubles nothing when the next one is asked.

Delta has no unsigned whole numbers and no half floats: they become the next wider type. A column whose type the table
cannot take (text in one version, numbers in another) stands beside it under its name and type, such as `age_string`:
nothing is cast into something else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.serving.batch.parquet import BlobFile
from modelwright.serving.model import Segment

VACUUM_H = 24
"""How long the bytes of rows that were taken out stay, for readers of the table as it was."""

_DAY = "day"
_WIDER = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20),
    pa.float16(): pa.float32(),
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`ledger` is the URL of the ledger's blobs, `incoming` the folder where uploads to an object store collect,
    `table` the Delta table's URL. Rows from before `keep_from_ms` are taken out of it; None: none are.
    """

    ledger: str
    incoming: str
    table: str
    segments: list[Segment]
    keep_from_ms: int | None = None


def bring(url: str, segments: list[Segment], blobs: Blobs) -> Iterator[str]:
    """Bring Parquet segments into the table at `url`, which is made when it is not there; the name of each that is in.

    A segment that is there already is not brought again.
    """
    for segment in segments:
        there = DeltaTable(url) if DeltaTable.is_deltatable(url) else None
        if there is None or there.transaction_version(segment.name) is None:
            rows = pq.read_table(BlobFile(blobs, segment.digest))
            rows = rows.append_column(_DAY, rows["at"].cast(pa.date32()))
            write_deltalake(
                url,
                fitting(rows, None if there is None else pa.schema(there.schema().to_arrow())),
                mode="append",
                schema_mode="merge",
                partition_by=[_DAY],
                commit_properties=CommitProperties(app_transactions=[Transaction(segment.name, 1)]),
            )
        yield segment.name


def take_out(url: str, before_ms: int) -> None:
    """Delete rows answered before then, and bytes of rows that were deleted more than VACUUM_H hours ago."""
    if not DeltaTable.is_deltatable(url):
        return
    table = DeltaTable(url)
    before = pa.scalar(before_ms * 1000, pa.timestamp("us", tz="UTC"))
    if table.to_pyarrow_dataset().count_rows(filter=pa.compute.field("at") < before):
        table.delete(f"at < '{before.as_py().isoformat()}'")
    table.vacuum(retention_hours=VACUUM_H, dry_run=False, enforce_retention_duration=False)


def fitting(rows: pa.Table, there: pa.Schema | None) -> pa.Table:
    """The rows as the table can take them; `there` is its schema, None before the first rows."""
    held = pa.struct([] if there is None else list(there))
    whole = _fitting_struct(rows.to_struct_array().combine_chunks(), held, top=True)
    return pa.Table.from_struct_array(whole)


def _fitting_struct(values: pa.StructArray, held: pa.DataType, *, top: bool = False) -> pa.StructArray:
    # `top`: columns that are ours in every version, whose types do not change.
    there = {field.name: field.type for field in held}
    found: dict[str, pa.Array] = {}
    for field, part in zip(values.type, values.flatten(), strict=True):
        wanted = there.get(field.name)
        if pa.types.is_struct(field.type):
            found[field.name] = _fitting_struct(part, wanted if wanted is not None else pa.struct([]))
        elif not pa.types.is_null(field.type):
            ours = _delta_type(field.type)
            fits = wanted is None or top or _takes(wanted, ours)
            name = field.name if fits else f"{field.name}_{ours}"
            found[name] = part.cast(wanted if fits and wanted is not None else ours)
    return pa.StructArray.from_arrays(list(found.values()), names=list(found), mask=values.is_null())


def _takes(held: pa.DataType, new: pa.DataType) -> bool:
    """Whether every value of the new type is one of the held type as well."""
    try:
        both = pa.unify_schemas([pa.schema([("it", held)]), pa.schema([("it", new)])], promote_options="permissive")
    except pa.ArrowTypeError:
        return False
    return bool(both.field("it").type == held)


def _delta_type(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_fixed_size_list(type_) or pa.types.is_list(type_):
        return pa.list_(_delta_type(type_.value_type))
    return _WIDER.get(type_, type_)


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    blobs = open_blobs(asked.ledger, Path(asked.incoming))
    names = list(bring(asked.table, asked.segments, blobs))
    if asked.keep_from_ms is not None:
        take_out(asked.table, asked.keep_from_ms)
    sys.stdout.buffer.write(msgspec.json.encode(names))


if __name__ == "__main__":
    main()
