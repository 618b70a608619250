"""Points come back from bytes bit by bit, and a picture of them keeps every spike."""

import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelwright.core.limits import INT64_MAX, INT64_MIN
from modelwright.tracking.model.points import (
    BLOCK,
    Points,
    by_step,
    by_time,
    down_sample,
    pack,
    pack_one,
    pack_raw,
    points,
    summary,
    unpack,
    unpack_raw,
)

whole = st.integers(INT64_MIN, INT64_MAX)
bits = st.integers(0, 2**64 - 1)  # as doubles: every NaN payload, infinity and denormal there is
series = st.lists(st.tuples(whole, whole, bits), max_size=300)


def made(rows: list[tuple[int, int, int]]) -> Points:
    steps, times, values = zip(*rows, strict=True) if rows else ((), (), ())
    return Points(np.array(steps, np.int64), np.array(times, np.int64), np.array(values, np.uint64).view(np.float64))


def rows_of(found: Points) -> list[tuple[int, int, int]]:
    values = np.ascontiguousarray(found.values).view(np.uint64)
    return list(zip(found.steps.tolist(), found.times.tolist(), values.tolist(), strict=True))


@given(series)
def test_packed_points_come_back_bit_by_bit(rows: list[tuple[int, int, int]]) -> None:
    """In any order, with any numbers, duplicates too."""
    assert rows == rows_of(unpack(pack(made(rows))))


@given(series, series)
def test_raw_chunks_joined_are_one_chunk(first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]) -> None:
    """So that a thousand tiny chunks are read at once."""
    assert first + second == rows_of(unpack_raw(pack_raw(made(first)) + pack_raw(made(second))))


@given(whole, whole, bits)
def test_one_point_alone_is_packed_as_any_other(step: int, ms: int, value: int) -> None:
    """The short way and the long way give the same bytes."""
    number = struct.unpack("<d", struct.pack("<Q", value))[0]

    assert pack_raw(made([(step, ms, value)]))[:16] == pack_one(step, ms, number)[:16]
    assert 24 == len(pack_one(step, ms, number))


few = st.integers(0, 3)
plain = st.lists(st.tuples(few, few, st.sampled_from([0.0, 1.0, -1.0, math.nan])), max_size=40)


def naive(rows: list[tuple[int, int, float]], *, by: str) -> list[tuple[int, int, str]]:
    """What a list, a set and a sort make of it."""
    keys = {(step, ms, 0.0 if math.isnan(v) else v, math.isnan(v)) for step, ms, v in rows}
    order = sorted(keys, key=lambda k: (k[0], k[1], *k[2:]) if by == "step" else (k[1], k[0], *k[2:]))
    return [(step, ms, "nan" if nan else str(v + 0.0)) for step, ms, v, nan in order]


@given(plain)
def test_order_and_duplicates_are_as_a_naive_list_has_them(rows: list[tuple[int, int, float]]) -> None:
    """By step and by time; a NaN is no duplicate of the 0 that it is ordered with."""
    chosen = points([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])

    for by, ordered in (("step", by_step(chosen)), ("time", by_time(chosen))):
        found = [
            (s, m, "nan" if math.isnan(v) else str(v + 0.0))
            for s, m, v in zip(ordered.steps.tolist(), ordered.times.tolist(), ordered.values.tolist(), strict=True)
        ]
        assert naive(rows, by=by) == found


@given(st.lists(st.floats(), min_size=1, max_size=400))
def test_a_summary_keeps_ends_and_extremes_of_each_block(values: list[float]) -> None:
    """And nothing that is not in the series."""
    size = len(values)
    chosen = points(range(size), range(size), values)
    kept = summary(chosen)

    at = set(kept.steps.tolist())
    for start in range(0, size, BLOCK):
        block = range(start, min(start + BLOCK, size))
        assert {block[0], block[-1]} <= at
        numbers = [values[n] for n in block if not math.isnan(values[n])]
        if numbers:
            shown = [values[n] for n in block if n in at and not math.isnan(values[n])]
            assert (min(numbers), max(numbers)) == (min(shown), max(shown))


@given(st.integers(1, 5000), st.integers(0, 10**6), st.integers(1, 100))
def test_a_single_spike_survives_any_width(size: int, place: int, columns: int) -> None:
    """Also through a summary, as the server shows a long series."""
    values = np.zeros(size)
    values[place % size] = 1.0
    chosen = Points(np.arange(size, dtype=np.int64), np.arange(size, dtype=np.int64), values)

    for source in (chosen, summary(chosen)):
        shown = down_sample(source, source.steps, low=0, high=size - 1, columns=columns)
        assert 1.0 == shown.values.max()
        assert (0, size - 1) == (shown.steps[0], shown.steps[-1])
        assert shown.size <= max(4 * columns, 4)


def test_ordinary_points_take_few_bytes() -> None:
    """Steps that count up and times that tick evenly cost next to nothing beside the values."""
    size = 16_384
    rng = np.random.default_rng(1)
    chosen = Points(
        np.arange(size, dtype=np.int64),
        1_700_000_000_000 + np.cumsum(rng.integers(95, 105, size)),
        rng.normal(size=size),
    )

    assert len(pack(chosen)) < 9.5 * size
    assert len(pack(summary(chosen))) < 1.5 * size
