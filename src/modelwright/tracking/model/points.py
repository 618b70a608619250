"""The points of a series as columns, and how they are packed into bytes.

A raw chunk is a row of records (step, time, value: 24 bytes a point, little-endian), so that chunks joined end to
end are one chunk. A packed chunk holds the same columns compressed: steps and times as differences of differences,
which are mostly zero, and values either plain or with their bytes shuffled into planes, whichever is smaller.
"""

from __future__ import annotations

import math
import struct
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import zstandard

from modelwright.core.deferred import Deferred

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    Ints = np.ndarray[Any, np.dtype[np.int64]]
    Floats = np.ndarray[Any, np.dtype[np.float64]]
else:
    np = Deferred("numpy")

RAW: Final = 0
PACKED: Final = 1

PER_CHUNK: Final = 16_384
BLOCK: Final = 64

LARGEST: Final = 1.7976931348623157e308
"""An infinity is kept as the largest double of its sign, as MLflow does."""

_RECORD: Final = [("step", "<i8"), ("ms", "<i8"), ("value", "<f8")]
_ONE: Final = struct.Struct("<qqd")
_HEADER: Final = struct.Struct("<BIII")
_SHUFFLED: Final = 1
_LEVEL: Final = 5


class Points(NamedTuple):
    """Columns of equal length: steps and times are int64, values float64."""

    steps: Ints
    times: Ints
    values: Floats

    @property
    def size(self) -> int:
        return len(self.steps)

    def at(self, index: Any) -> Points:
        """The points that a slice, a mask or an array of indices picks."""
        return Points(self.steps[index], self.times[index], self.values[index])


@cache
def no_points() -> Points:
    return Points(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def points(steps: Iterable[int], times: Iterable[int], values: Iterable[float]) -> Points:
    return Points(
        np.fromiter(steps, np.int64),
        np.fromiter(times, np.int64),
        np.fromiter(values, np.float64),
    )


def stored_value(value: float) -> float:
    """`value` as it is kept."""
    if math.isinf(value):
        return math.copysign(LARGEST, value)
    return value


def pack_one(step: int, ms: int, value: float) -> bytes:
    """A raw chunk of one point."""
    return _ONE.pack(step, ms, value)


def pack_raw(chosen: Points) -> bytes:
    records = np.empty(chosen.size, _RECORD)
    records["step"], records["ms"], records["value"] = chosen
    return records.tobytes()


def unpack_raw(data: bytes) -> Points:
    """The points of one raw chunk, or of several that were joined."""
    records = np.frombuffer(data, _RECORD)
    return Points(
        np.ascontiguousarray(records["step"]),
        np.ascontiguousarray(records["ms"]),
        np.ascontiguousarray(records["value"]),
    )


def pack(chosen: Points) -> bytes:
    """The points compressed; every bit of every value comes back."""
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True)
    steps = compressor.compress(_differences(chosen.steps))
    times = compressor.compress(_differences(chosen.times))
    bits = np.ascontiguousarray(chosen.values).view(np.uint64)
    plain = compressor.compress(bits.astype("<u8").tobytes())
    shuffled = compressor.compress(_shuffled(bits))
    flags, values = (_SHUFFLED, shuffled) if len(shuffled) < len(plain) else (0, plain)
    return b"".join((_HEADER.pack(flags, chosen.size, len(steps), len(times)), steps, times, values))


def unpack(data: bytes) -> Points:
    flags, count, steps_end, times_size = _HEADER.unpack_from(data)
    if count == 0:
        return no_points()
    steps_end += _HEADER.size
    times_end = steps_end + times_size
    view = memoryview(data)
    expand = zstandard.ZstdDecompressor().decompress
    values = expand(view[times_end:])
    bits = _unshuffled(values, count) if flags & _SHUFFLED else np.frombuffer(values, "<u8").astype(np.uint64)
    return Points(
        _summed(expand(view[_HEADER.size : steps_end]), count),
        _summed(expand(view[steps_end:times_end]), count),
        bits.view(np.float64),
    )


def joined(parts: list[Points]) -> Points:
    if not parts:
        return no_points()
    if len(parts) == 1:
        return parts[0]
    return Points(
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.times for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def decoded(rows: Iterable[tuple[int, bytes]]) -> Points:
    """The points of chunks (encoding, data), in their order. Raw ones, which may be many and tiny, are read at once."""
    parts: list[Points] = []
    raw: list[bytes] = []
    for encoding, data in rows:
        if encoding == RAW:
            raw.append(data)
            continue
        if raw:
            parts.append(unpack_raw(b"".join(raw)))
            raw = []
        parts.append(unpack(data))
    if raw:
        parts.append(unpack_raw(b"".join(raw)))
    return joined(parts)


def by_step(chosen: Points) -> Points:
    """Ordered by (step, time, value), each exact duplicate once; NaN counts as 0 in the order."""
    return _ordered(chosen, (chosen.steps, chosen.times))


def by_time(chosen: Points) -> Points:
    """Ordered by (time, step, value), as MLflow gives a history; each exact duplicate once."""
    return _ordered(chosen, (chosen.times, chosen.steps))


def _ordered(chosen: Points, columns: tuple[Ints, Ints]) -> Points:
    first, second = columns
    if chosen.size < 2:  # noqa: PLR2004 - one point is in order
        return chosen
    # Most series are written in order, and looking is ten times cheaper than sorting.
    rising = (first[1:] > first[:-1]) | ((first[1:] == first[:-1]) & (second[1:] > second[:-1]))
    if rising.all():
        return chosen
    missing = np.isnan(chosen.values)
    numbers = np.where(missing, 0.0, chosen.values)
    order = np.lexsort((missing, numbers, second, first))
    first, second, numbers, missing = first[order], second[order], numbers[order], missing[order]
    new = np.ones(chosen.size, np.bool_)
    new[1:] = (
        (first[1:] != first[:-1])
        | (second[1:] != second[:-1])
        | (numbers[1:] != numbers[:-1])
        | (missing[1:] != missing[:-1])
    )
    return chosen.at(order[new])


def summary(chosen: Points) -> Points:
    """The first, the least, the greatest and the last point of each block of BLOCK points, in their order."""
    size = chosen.size
    if size <= BLOCK:
        return chosen.at(_corners(chosen.values, np.zeros(1, np.int64)))
    return chosen.at(_corners(chosen.values, np.arange(0, size, BLOCK)))


def _corners(values: Floats, starts: Ints) -> Ints:
    """Indices of the first, least, greatest and last value of each run of values that begins at `starts`.

    NaN is neither least nor greatest, unless there is nothing else in its run.
    """
    if len(values) == 0:
        return np.empty(0, np.int64)
    ends = np.append(starts[1:], len(values)) - 1
    missing = np.isnan(values)
    low = np.where(missing, np.inf, values)
    high = np.where(missing, -np.inf, values)
    lengths = ends - starts + 1
    run = np.repeat(np.arange(len(starts)), lengths)
    least = _first_where(low == np.minimum.reduceat(low, starts)[run], run, len(starts))
    greatest = _first_where(high == np.maximum.reduceat(high, starts)[run], run, len(starts))
    return np.unique(np.concatenate((starts, least, greatest, ends)))


def _first_where(holds: np.ndarray[Any, np.dtype[np.bool_]], run: Ints, runs: int) -> Ints:
    """For each run the index of the first element for which `holds`; every run has one."""
    indices = np.flatnonzero(holds)[::-1]
    found = np.empty(runs, np.int64)
    found[run[indices]] = indices  # the earliest is written last
    return found


def down_sample(chosen: Points, places: Ints, *, low: int, high: int, columns: int) -> Points:
    """At most four points for each of `columns` columns of pixels: first, least, greatest, last.

    `places` are where the points stand on the axis, ascending, all between `low` and `high` (inclusive).

    Source: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 7 (2014), 797-808.
    """
    if chosen.size <= 4 * columns:
        return chosen
    # Doubles, because high - low may be beyond 64 bits; a column's edge may then be off by one place.
    share = (places.astype(np.float64) - float(low)) / max(float(high) - float(low), 1.0)
    column = np.minimum((share * columns).astype(np.int64), columns - 1)
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(np.diff(column)) + 1))
    return chosen.at(_corners(chosen.values, starts))


def _differences(column: Ints) -> bytes:
    """Second differences, wrapped to 64 bits, small numbers of either sign first, bytes in planes."""
    bits = np.ascontiguousarray(column).view(np.uint64)
    for _ in range(2):
        bits = np.diff(bits, prepend=np.uint64(0))
    signed = bits.view(np.int64)
    return _shuffled(((signed << 1) ^ (signed >> 63)).view(np.uint64))


def _summed(data: bytes, count: int) -> Ints:
    bits = _unshuffled(data, count)
    bits = (bits >> np.uint64(1)) ^ (np.uint64(0) - (bits & np.uint64(1)))
    for _ in range(2):
        bits = np.cumsum(bits, dtype=np.uint64)
    return bits.view(np.int64)


def _shuffled(bits: np.ndarray[Any, np.dtype[np.uint64]]) -> bytes:
    return bits.astype("<u8").view(np.uint8).reshape(-1, 8).T.tobytes()


def _unshuffled(data: bytes, count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    planes = np.frombuffer(data, np.uint8).reshape(8, count)
    return np.ascontiguousarray(planes.T).reshape(-1).view("<u8").astype(np.uint64, copy=False)
