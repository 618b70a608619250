"""Reading the ledger's Arrow streams, whole or torn. No I/O; needs neither pyarrow nor the node."""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from modelwright.core.deferred import Deferred

if TYPE_CHECKING:
    import nanoarrow as na
    from nanoarrow import ipc
else:
    na, ipc = Deferred("nanoarrow"), Deferred("nanoarrow.ipc")

_MARKER = 0xFFFFFFFF
_BODY_LENGTH_PLACE = 4 + 2 * 3
_COLUMNS = ("prediction", "position", "at", "latency_ms", "caller")
"""How the columns of every stream begin, whatever the model."""


def read_batches(body: bytes) -> list[Any]:
    """The whole record batches in an Arrow stream; a torn end is left out."""
    whole = whole_bytes(body)
    return list(na.c_array_stream(ipc.InputStream.from_readable(body[:whole]))) if whole else []


def find_row(body: bytes, prediction: str, position: int) -> dict[str, Any] | None:
    """The row of a prediction id and its place in the request; None when it is not in this stream."""
    for batch in read_batches(body):
        ids = na.Array(batch.child(0)).to_pylist()
        if prediction not in ids:
            continue
        rows: list[dict[str, Any]] = na.Array(batch).to_pylist()
        for row in rows[ids.index(prediction) :]:
            if (row["prediction"], row["position"]) == (prediction, position):
                return row
    return None


def newest_rows(body: bytes) -> Iterator[dict[str, Any]]:
    """The rows of a stream from the last to the first, as far as they are asked for."""
    for batch in reversed(read_batches(body)):
        rows: list[dict[str, Any]] = na.Array(batch).to_pylist()
        yield from sorted(rows, key=_place, reverse=True)


Found = tuple[str, int, float, str, Callable[[], dict[str, Any]]]
"""A row's prediction, position, latency and caller, and a way to read the whole of it."""


def newest_found(body: bytes, before: tuple[str, int]) -> Iterator[Found]:
    """The rows before a place from the last to the first; of those that nobody wants, the values are not read.

    All of a segment is put in order: an answer that took long to write stands behind younger ones.
    """
    found: list[tuple[str, int, float, str, int, int]] = []
    batches = [na.Array(batch) for batch in read_batches(body)]
    for number, batch in enumerate(batches):
        names = ("prediction", "position", "latency_ms", "caller")
        rows = zip(*(batch.child(_COLUMNS.index(name)).to_pylist() for name in names), strict=True)
        found += [(*row, number, index) for index, row in enumerate(rows) if (row[0], row[1]) < before]
    for prediction, position, latency_ms, caller, number, index in sorted(found, reverse=True):
        yield prediction, position, latency_ms, caller, functools.partial(_whole_row, batches[number], index)


def _whole_row(batch: Any, index: int) -> dict[str, Any]:
    row: dict[str, Any] = batch[index].as_py()
    return row


def _place(row: dict[str, Any]) -> tuple[str, int]:
    return row["prediction"], row["position"]


def whole_bytes(body: bytes) -> int:
    """Length of the whole messages at the beginning of an Arrow stream.

    A message is a marker, the length of its header, the header (a FlatBuffers table whose fourth field is the length
    of the message's body) and the body. Source: Apache Arrow columnar format 1.5, "Encapsulated message format".
    """
    end = 0
    while len(body) >= end + 8:
        marker, header = struct.unpack_from("<Ii", body, end)
        if marker != _MARKER or header <= 0 or len(body) < end + 8 + header:
            break
        upto = end + 8 + header + _body_bytes(body, end + 8)
        if len(body) < upto:
            break
        end = upto
    return end


def _body_bytes(body: bytes, at: int) -> int:
    (offset,) = struct.unpack_from("<I", body, at)
    table = at + offset
    (back,) = struct.unpack_from("<i", body, table)
    (places,) = struct.unpack_from("<H", body, table - back)
    if places <= _BODY_LENGTH_PLACE:
        return 0
    (place,) = struct.unpack_from("<H", body, table - back + _BODY_LENGTH_PLACE)
    length: int = struct.unpack_from("<q", body, table + place)[0] if place else 0
    return length
