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
    decoded,
    pack,
    summary,
)
from modelwright.tracking.store import series as store

_MOST_POINTS: Final = 16 * PER_CHUNK
"""In one go: writing them takes some 20 ms, in which the writer does nothing else."""

_MOST_CHUNKS: Final = 512
"""In one go, for the same reason: reading and removing them takes some 3 ms, of the interpreter and of the writer."""

_WORTH: Final = 4
"""A compressed chunk that is not full is compressed again once new points are a quarter of it, so that a point is
rewritten a few times in its life, however it trickles in."""


class Plan(msgspec.Struct, frozen=True):
    """Chunks of a series to be replaced, by number, and their points in order."""

    series_pk: int
    old: list[int]
    points: Points
    duplicates: int
    left: int


class Round(msgspec.Struct, frozen=True):
    """What was done: the first `seen` of the series were looked at, and those in `left` have more to compress."""

    seen: int
    compressed: int
    left: list[int]


def compact(db: Database, series_pks: list[int]) -> Round:
    """Compress what is raw of some series, up to some size in all: small series many at a time, a large one in parts.

    Raises Conflict when somebody else changed the chunks meanwhile; nothing has happened then.
    """
    seen, plans = db.read_now(lambda tx: _plans(tx, series_pks))
    new = [_chunks(plan) for plan in plans]

    def swap(tx: WriteTx) -> None:
        for plan, chunks in zip(plans, new, strict=True):
            if not store.replace(tx, plan.series_pk, plan.old, chunks, plan.duplicates):
                raise Conflict("another server compacts this series", series_pk=plan.series_pk)

    if plans:
        db.write_now(swap)
    return Round(seen, len(plans), [plan.series_pk for plan in plans if plan.left])


def _plans(tx: ReadTx, series_pks: list[int]) -> tuple[int, list[Plan]]:
    """Plans for as many of the series as make up a round, and how many series were looked at for that."""
    plans: list[Plan] = []
    points = chunks = seen = 0
    for seen, series_pk in enumerate(series_pks, start=1):  # noqa: B007 - how far it came
        plan = _plan(tx, series_pk)
        if plan is not None:
            plans.append(plan)
            points += plan.points.size
            chunks += len(plan.old)
        if points >= _MOST_POINTS or chunks >= _MOST_CHUNKS:
            break
    return seen, plans


def _plan(tx: ReadTx, series_pk: int) -> Plan | None:
    pieces = store.pieces(tx, series_pk)
    chosen = _chosen(pieces)
    if not chosen:
        return None
    raw = {pk for pk, encoding, _ in pieces if encoding == RAW}
    points = decoded(store.take(tx, chosen))
    ordered = by_step(points)
    return Plan(series_pk, chosen, ordered, points.size - ordered.size, len(raw.difference(chosen)))


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


def _chunks(plan: Plan) -> list[dict[str, Any]]:
    starts = range(0, plan.points.size, PER_CHUNK)
    return [_chunk(plan.series_pk, plan.points.at(slice(start, start + PER_CHUNK))) for start in starts]


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
