"""The ledger's long-kept form: rows of many segments in one Parquet file, sorted so that readers skip what they need
not look at.

Every file is complete in itself (each row names its deployment, version, node and the probability with which it was
kept), so any tool that reads Parquet reads the ledger without us.
"""

from __future__ import annotations

import functools
import io
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from modelwright.artifacts.blobs import Blobs, Buffer
from modelwright.core.ids import hex32
from modelwright.serving.batch.ledger import stamped
from modelwright.serving.model import Form, Made, Segment
from modelwright.serving.streams import Found, whole_bytes

FILE_BYTES = 256 * 1024 * 1024
"""Arrow bytes that share a file: what merging holds in memory."""

GROUP_ROWS = 65_536
_SLICE_ROWS = 1024
_ORDER = [("prediction", "ascending"), ("position", "ascending")]


class BlobFile(io.RawIOBase):
    """A blob as a file to read from, so that only the parts that are needed come out of the store."""

    def __init__(self, blobs: Blobs, digest: str) -> None:
        self._blobs = blobs
        self._digest = digest
        self._size = blobs.size(digest)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        found = b"".join(self._blobs.read(self._digest, self._at, end)) if end > self._at else b""
        self._at += len(found)
        return found


def merged(segments: Iterable[Segment], blobs: Blobs) -> Iterator[Made]:
    """Parquet files with all rows of Arrow segments that differ in nothing but their time; each is stored already.

    Rows are sorted by prediction id, which begins with its time, and position. Segments whose columns differ come into
    files of their own, and so do more rows than memory should hold.
    """
    waiting: dict[pa.Schema, list[tuple[Segment, pa.Table]]] = {}
    for segment in segments:
        body = b"".join(blobs.read(segment.digest))
        table = pa.ipc.open_stream(body[: whole_bytes(body)]).read_all()
        pile = waiting.setdefault(table.schema, [])
        pile.append((segment, table))
        if sum(one.nbytes for _, one in pile) >= FILE_BYTES:
            yield _placed(waiting.pop(table.schema), blobs)
    for pile in waiting.values():
        yield _placed(pile, blobs)


def _placed(pile: list[tuple[Segment, pa.Table]], blobs: Blobs) -> Made:
    table = stamped(pa.concat_tables([table for _, table in pile]), pile[0][0]).sort_by(_ORDER)
    first_ms = min(segment.first_ms for segment, _ in pile)
    spool = blobs.spool()
    try:
        with pa.PythonFile(_Into(spool), mode="w") as file:
            pq.write_table(
                table,
                file,
                compression="zstd",
                row_group_size=GROUP_ROWS,
                write_page_index=True,
                sorting_columns=pq.SortingColumn.from_ordering(table.schema, _ORDER),
            )
        placed = spool.place()
    finally:
        spool.close()
    segment = msgspec.structs.replace(
        pile[0][0],
        name=f"{first_ms:012x}-{hex32()[:16]}",
        first_ms=first_ms,
        last_ms=max(segment.last_ms for segment, _ in pile),
        rows=table.num_rows,
        digest=placed.digest,
        form=Form.PARQUET,
    )
    return Made(segment, placed.size)


class _Into(io.RawIOBase):
    """A spool as a file to write to."""

    def __init__(self, spool: Any) -> None:
        self._spool = spool
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, body: Buffer, /) -> int:  # type: ignore[override]  # the base takes any buffer; ours names them
        self._spool.write(bytes(body))
        self._at += len(body)
        return len(body)


def newest_rows(blobs: Blobs, digest: str) -> Iterator[dict[str, Any]]:
    """Id, place, inputs and outputs of the rows of a file from the last to the first, as far as they are asked for."""
    file = pq.ParquetFile(BlobFile(blobs, digest))
    columns = [name for name in ("prediction", "position", "inputs", "outputs") if name in file.schema_arrow.names]
    for number in reversed(range(file.num_row_groups)):
        group = file.read_row_group(number, columns=columns)
        for start in reversed(range(0, group.num_rows, _SLICE_ROWS)):
            yield from reversed(group.slice(start, _SLICE_ROWS).to_pylist())


def newest_found(blobs: Blobs, digest: str, before: tuple[str, int]) -> Iterator[Found]:
    """The rows before a place from the last to the first, as far as they are asked for.

    Row groups that begin no earlier are not read, and values only where a row of the group is wanted.
    """
    file = pq.ParquetFile(BlobFile(blobs, digest))
    for number in reversed(range(file.num_row_groups)):
        about = file.metadata.row_group(number).column(0).statistics
        if about is not None and about.has_min_max and about.min > before[0]:
            continue
        keys = file.read_row_group(number, columns=["prediction", "position", "latency_ms", "caller"])
        values = functools.cache(functools.partial(_values, file, number))
        for start in reversed(range(0, _before(keys, before), _SLICE_ROWS)):
            part = keys.slice(start, min(_SLICE_ROWS, _before(keys, before) - start)).to_pylist()
            for index, row in reversed(list(enumerate(part, start))):
                whole = functools.partial(_row_of, values, index)
                yield row["prediction"], row["position"], row["latency_ms"], row["caller"], whole


def _before(keys: pa.Table, place: tuple[str, int]) -> int:
    """How many rows of a sorted group stand before a place."""
    ids, positions = keys["prediction"], keys["position"]
    return bisect_left(range(keys.num_rows), place, key=lambda row: (ids[row].as_py(), positions[row].as_py()))


def _values(file: pq.ParquetFile, group: int) -> pa.Table:
    return file.read_row_group(
        group, columns=[name for name in ("inputs", "outputs") if name in file.schema_arrow.names]
    )


def _row_of(values: Any, index: int) -> dict[str, Any]:
    rows: list[dict[str, Any]] = values().slice(index, 1).to_pylist()
    return rows[0] if rows else {}


def find_row(blobs: Blobs, digest: str, prediction: str, position: int) -> dict[str, Any] | None:
    """The row of a prediction id and its place in the request; None when it is not in this file.

    Row groups whose statistics leave the id out are not read.
    """
    file = pq.ParquetFile(BlobFile(blobs, digest))
    for number in range(file.num_row_groups):
        about = file.metadata.row_group(number).column(0).statistics
        if about is not None and about.has_min_max and not about.min <= prediction <= about.max:
            continue
        keys = file.read_row_group(number, columns=["prediction", "position"]).to_pydict()
        wanted = (prediction, position)
        for place, key in enumerate(zip(keys["prediction"], keys["position"], strict=True)):
            if key == wanted:
                row: dict[str, Any] = file.read_row_group(number).slice(place, 1).to_pylist()[0]
                return row
    return None
