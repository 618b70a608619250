"""Reading stored rows from the newest to the oldest, no more of the ledger than is asked for."""

from __future__ import annotations

import heapq
import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

import msgspec

from modelwright.artifacts.blobs import Blobs
from modelwright.core.errors import Unavailable
from modelwright.serving.model import Form, Segment
from modelwright.serving.streams import newest_rows

_TIME_DIGITS = 12


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a row stands in the ledger: ids begin with their time, so that this order is the order in time."""

    prediction: str
    position: int

    def __str__(self) -> str:
        return f"{self.prediction}.{self.position}"

    @property
    def at_ms(self) -> int:
        return int(self.prediction[:_TIME_DIGITS], 16)


class Placed(Protocol):
    """What stands somewhere in the ledger."""

    @property
    def place(self) -> Place: ...


T = TypeVar("T", bound=Placed)


class Row(msgspec.Struct, frozen=True):
    """One stored row; `hidden` names columns of which the ledger holds a digest or nothing."""

    place: Place
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    hidden: tuple[str, ...]


def place(text: str) -> Place:
    """The place that `text` says."""
    prediction, _, position = text.rpartition(".")
    return Place(prediction, int(position))


def moment(at_ms: int) -> Place:
    """Before all rows of that moment, after all rows before it."""
    return Place(f"{at_ms:0{_TIME_DIGITS}x}", 0)


class _Newer(msgspec.Struct, frozen=True):
    """Sorts the newest place first, as a heap wants it."""

    place: Place

    def __lt__(self, other: _Newer) -> bool:
        return other.place < self.place


def newest(ledger: Blobs, segments: Sequence[Segment], before: Place) -> Iterator[Row]:
    """The rows before a place, the newest first. A segment is read when its time has come, a part at a time."""
    return in_turn(segments, before, lambda segment: _rows(ledger, segment, before))


def in_turn(segments: Sequence[Segment], before: Place, read: Callable[[Segment], Iterator[T]]) -> Iterator[T]:
    """What `read` finds before a place in each segment, newest first, as one: a segment is read when its time has come.

    What is found in one segment is in that order already.
    """
    waiting = sorted((one for one in segments if one.first_ms <= before.at_ms), key=lambda one: one.last_ms)
    opened: list[tuple[_Newer, int, T, Iterator[T]]] = []

    def push(rows: Iterator[T], number: int) -> None:
        row = next(rows, None)
        if row is not None:
            heapq.heappush(opened, (_Newer(row.place), number, row, rows))

    while waiting or opened:
        while waiting and (not opened or waiting[-1].last_ms >= opened[0][2].place.at_ms):
            push(read(waiting.pop()), len(waiting))
        if opened:
            _, number, row, rows = heapq.heappop(opened)
            yield row
            push(rows, number)


def oldest(ledger: Blobs, segments: Sequence[Segment], most: int) -> list[Row]:
    """The first rows, at most so many, the oldest first: those of the oldest segments, and of what overlaps them."""
    left = sorted(segments, key=lambda one: (one.first_ms, one.last_ms, one.digest))
    found: list[Row] = []
    while left and (len(found) < most or left[0].first_ms <= found[most - 1].place.at_ms):
        segment = left.pop(0)
        found += _rows(ledger, segment, moment(segment.last_ms + 1))
        found.sort(key=lambda row: row.place)
    return found[:most]


def _rows(ledger: Blobs, segment: Segment, before: Place) -> Iterator[Row]:
    if segment.form is Form.PARQUET:
        found: Iterator[dict[str, Any]] = parquet().newest_rows(ledger, segment.digest)
    else:
        found = newest_rows(b"".join(ledger.read(segment.digest)))
    for one in found:
        at = Place(one["prediction"], one["position"])
        if at < before:
            yield Row(at, one.get("inputs") or {}, one.get("outputs") or {}, segment.hidden)


def parquet() -> Any:
    """Loaded when somebody asks for old rows: pyarrow would double the memory of every server."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Unavailable(
            "these rows are kept as Parquet, which this server cannot read: pip install 'modelwright[ledger]'"
        )
    return importlib.import_module("modelwright.serving.batch.parquet")
