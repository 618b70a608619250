"""Reading series: whole, thinned out evenly, or down-sampled for a screen."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from modelwright.core import limits
from modelwright.core.db.tx import ReadTx
from modelwright.core.deferred import Deferred
from modelwright.core.errors import NotFound
from modelwright.tracking.model.points import (
    BLOCK,
    Points,
    by_step,
    by_time,
    decoded,
    down_sample,
    no_points,
    unpack_raw,
)
from modelwright.tracking.service.runs import missing
from modelwright.tracking.store import runs as run_store
from modelwright.tracking.store import series as store
from modelwright.tracking.store.series import Head, Piece

if TYPE_CHECKING:
    import numpy as np
else:
    np = Deferred("numpy")

_EVERYTHING: Final = (limits.INT64_MIN, limits.INT64_MAX)
_ENOUGH_BLOCKS: Final = 2
"""How many blocks of points a column of pixels must have, on average, for summaries to stand for the points."""

_SHORT: Final = 2_048
"""Series of so few points are read together: five hundred of them take 24 MB, with longer ones it would be too much."""

_NOTHING_READ: Final[Mapping[int, list[Piece]]] = MappingProxyType({})

_PER_COLUMN: Final = 4
"""A column of pixels shows its first, least, greatest and last point."""

Axis = Literal["step", "time"]


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What of a series to show: steps from `low` to `high`, inclusive, on so many columns of pixels."""

    low: int = limits.INT64_MIN
    high: int = limits.INT64_MAX
    columns: int = 800
    axis: Axis = "step"


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a series in the order of the axis. `total` is how many there are in the window."""

    points: Points
    total: int
    sampled: bool


def history(tx: ReadTx, run_id: str, key: str) -> Points:
    """All points, ordered by (time, step, value); none for a key that was never logged. Raises NotFound."""
    pk = run_store.pks(tx, [run_id]).get(run_id)
    if pk is None:
        raise missing(run_id)
    found = store.find(tx, pk, key)
    return no_points() if found is None else by_time(_all_points(tx, found))


def histories(tx: ReadTx, run_ids: list[str], key: str) -> dict[str, Points]:
    """As `history`, of several runs; those that are not there or lack the series are left out."""
    by_id = run_store.pks(tx, run_ids)
    found = store.find_in_runs(tx, list(by_id.values()), key)
    return {run_id: by_time(_all_points(tx, found[pk])) for run_id, pk in by_id.items() if pk in found}


def thinned(tx: ReadTx, run_ids: list[str], key: str, *, low: int, high: int, most: int) -> dict[str, Points]:
    """Of the points of each run with steps from `low` to `high`, inclusive, at most `most`, ordered by step.

    They are the first of `most` stretches of equal length, but for the last, which is the last of all: those that
    MLflow gives. Of a series that has a great many, they are the first, least, greatest and last point of each
    stretch, so that no spike is lost. Runs that are not there or lack the series are left out.
    """
    by_id = run_store.pks(tx, run_ids)
    found = store.find_in_runs(tx, list(by_id.values()), key)
    window = Window(low=low, high=high, columns=max(1, most // _PER_COLUMN))
    return {run_id: _thinned(tx, found[pk], window, most) for run_id, pk in by_id.items() if pk in found}


def _thinned(tx: ReadTx, head: Head, window: Window, most: int) -> Points:
    points, total = _in_window(tx, head, window)
    if points.size <= most:
        return points
    if points.size < total and most >= _PER_COLUMN:  # what is at hand is an outline
        return _on_axis(points, window)
    length, longer = divmod(points.size, most)
    stretch = np.arange(most)
    firsts = stretch * length + np.minimum(stretch, longer)
    firsts[-1] = points.size - 1
    return points.at(firsts)


def within(points: Points, low: int, high: int) -> Points:
    """The points with steps from `low` to `high`, inclusive."""
    return points.at((points.steps >= low) & (points.steps <= high))


def sampled(tx: ReadTx, run_id: str, key: str, window: Window) -> Sampled:
    """A series as a screen shows it. Raises NotFound for the run or the series."""
    pk = run_store.pks(tx, [run_id]).get(run_id)
    if pk is None:
        raise missing(run_id)
    found = store.find(tx, pk, key)
    if found is None:
        raise NotFound(f"run {run_id} has no metric {key!r}", run_id=run_id, key=key)
    return _sampled(tx, found, window)


def sampled_of_runs(
    tx: ReadTx, run_ids: list[str], keys: list[str], window: Window
) -> dict[str, list[tuple[str, Sampled]]]:
    """By key, the series of those runs that have it, in the order of `run_ids`.

    What it costs beside the points themselves grows with the long series alone: the others are read together.
    """
    by_id = run_store.pks(tx, run_ids)
    heads = store.find_some(tx, list(by_id.values()), keys)
    short = [head.pk for head in heads.values() if 1 < head.points <= _SHORT]
    read = store.read_some(tx, short, window.low, window.high) if short else _NOTHING_READ
    pks = [(run_id, by_id[run_id]) for run_id in dict.fromkeys(run_ids) if run_id in by_id]
    return {
        key: [(run_id, _sampled(tx, heads[pk, key], window, read)) for run_id, pk in pks if (pk, key) in heads]
        for key in dict.fromkeys(keys)
    }


def _sampled(tx: ReadTx, head: Head, window: Window, read: Mapping[int, list[Piece]] = _NOTHING_READ) -> Sampled:
    points, total = _in_window(tx, head, window, read)
    shown = _on_axis(points, window)
    return Sampled(points=shown, total=total, sampled=shown.size < total)


def _in_window(
    tx: ReadTx, head: Head, window: Window, read: Mapping[int, list[Piece]] = _NOTHING_READ
) -> tuple[Points, int]:
    """Points by step, enough of them to draw the window; and how many there are in it, nearly or exactly.

    `read` holds the pieces of the series that are at hand.
    """
    if head.only_point() is not None:
        points = within(_all_points(tx, head), window.low, window.high)
        return points, points.size
    if head.pk in read:
        points = _of(read[head.pk], window)
        return points, points.size
    total = store.extent(tx, head.pk, window.low, window.high)
    dense = total >= window.columns * BLOCK * _ENOUGH_BLOCKS
    points = _of((store.outline if dense else store.read)(tx, head.pk, window.low, window.high), window)
    return points, total if dense else points.size


def _of(pieces: list[Piece], window: Window) -> Points:
    return within(by_step(decoded(pieces)), window.low, window.high)


def _on_axis(points: Points, window: Window) -> Points:
    if window.axis == "time":
        points = points.at(np.argsort(points.times, kind="stable"))
    places = points.steps if window.axis == "step" else points.times
    if not points.size:
        return points
    return down_sample(points, places, low=int(places[0]), high=int(places[-1]), columns=window.columns)


def _all_points(tx: ReadTx, head: Head) -> Points:
    alone = head.only_point()
    return unpack_raw(alone) if alone is not None else decoded(store.read(tx, head.pk, *_EVERYTHING))
