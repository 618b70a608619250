"""Turning the many small chunks of a series into few compressed ones.

It may stop anywhere: the new chunks and the removal of the old are one transaction, and which series are due is seen
from the chunks themselves, so that nothing needs to be remembered. Two servers may do it at once: the second finds
chunks gone, and takes its work back.
"""

from typing import Any, Final

import msgspec

from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import Conflict
from modelwright.tracking.model.points import (
    BLOCK,
    PACKED,
    PER_CHUNK,
    RAW,
    Points,
    by_step,
    decode,
    joined,
    pack,
    summary,
)
from modelwright.tracking.store import series as store

_MOST_POINTS: Final = 16 * PER_CHUNK
"""In one go: writing them takes some 20 ms, in which the writer does nothing else."""

_MOST_CHUNKS: Final = 8192
_WORTH: Final = 4
"""A compressed chunk that is not full is compressed again once new points are a quarter of it, so that a point is
rewritten a few times in its life, however it trickles in."""


class Plan(msgspec.Struct, frozen=True):
    """Chunks to be replaced, by number, and their points in order."""

    old: list[int]
    points: Points
    duplicates: int
    left: int


def compact(db: Database, series_pk: int) -> int | None:
    """Compress what is raw of a series, up to some size, and say how many raw chunks are left for another time.

    None when nothing was there to compress.

    Raises Conflict when somebody else changed the chunks meanwhile; nothing has happened then.
    """
    plan = db.read_now(lambda tx: _plan(tx, series_pk))
    if plan is None:
        return None
    starts = range(0, plan.points.size, PER_CHUNK)
    new = [_chunk(series_pk, plan.points.at(slice(start, start + PER_CHUNK))) for start in starts]

    def swap(tx: WriteTx) -> None:
        if not store.replace(tx, series_pk, plan.old, new, plan.duplicates):
            raise Conflict("another server compacts this series", series_pk=series_pk)

    db.write_now(swap)
    return plan.left


def _plan(tx: ReadTx, series_pk: int) -> Plan | None:
    pieces = store.pieces(tx, series_pk)
    chosen = _chosen(pieces)
    if not chosen:
        return None
    raw = {pk for pk, encoding, _ in pieces if encoding == RAW}
    parts = [decode(encoding, data) for encoding, data in store.take(tx, chosen)]
    points = joined(parts)
    ordered = by_step(points)
    return Plan(chosen, ordered, points.size - ordered.size, len(raw.difference(chosen)))


def _chosen(pieces: list[tuple[int, int, int]]) -> list[int]:
    """Of chunks (pk, encoding, count), newest first: the raw ones, and compressed ones that are small beside them."""
    raw: list[int] = []
    points = 0
    for pk, encoding, count in reversed(pieces):  # the oldest first, so that none waits for ever
        if encoding == RAW and points < _MOST_POINTS and len(raw) < _MOST_CHUNKS:
            raw.append(pk)
            points += count
    if not raw:
        return []
    small: list[int] = []
    for pk, encoding, count in pieces:
        if encoding == PACKED and count < PER_CHUNK and count <= points * _WORTH:
            small.append(pk)
            points += count
    return raw + small


def _chunk(series_pk: int, points: Points) -> dict[str, Any]:
    return {
        "series_pk": series_pk,
        "count": points.size,
        "min_step": int(points.steps[0]),
        "max_step": int(points.steps[-1]),
        "encoding": PACKED,
        "summary": pack(summary(points)) if points.size > 2 * BLOCK else None,
        "data": pack(points),
    }
