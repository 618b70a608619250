"""SQL of metric series and the chunks that their points hang in.

A series of one point has no chunk: its row says all that there is to say. Most metrics of most runs are final values
that are logged once, and a chunk for each would be a quarter of the database.
"""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, func, insert, or_, select, tuple_, update

from modelwright.core.db.sql import NewRow, Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.tracking.model.batches import SeriesWrite
from modelwright.tracking.model.points import RAW, pack_one
from modelwright.tracking.store.tables import chunks, series

_FEW: Final = 8
"""Up to so many series, a statement each is cheaper than statements for all."""

_TWO: Final = 2
_LAST: Final = ("last_step", "last_ms", "last_value", "last_is_nan")
_VALUES: Final = ("run_pk", "experiment_id", "key", *_LAST, "min_value", "max_value", "points")


def _moved_on(insert: Any) -> Any:
    """Insert a series, or bring its row up to date with new points."""
    statement = insert(series).values({name: bindparam(name) for name in _VALUES})
    new, old = statement.excluded, series.c
    later = tuple_(*(new[name] for name in _LAST)) > tuple_(*(old[name] for name in _LAST))
    changes: dict[str, ColumnElement[Any]] = {name: case((later, new[name]), else_=old[name]) for name in _LAST}
    changes["min_value"] = _better(old.min_value, new.min_value, new.min_value < old.min_value)
    changes["max_value"] = _better(old.max_value, new.max_value, new.max_value > old.max_value)
    changes["points"] = old.points + new.points
    return statement.on_conflict_do_update(index_elements=["run_pk", "key"], set_=changes)


def _better(old: Any, new: Any, is_better: ColumnElement[bool]) -> ColumnElement[Any]:
    return case((or_(old.is_(None), and_(new.is_not(None), is_better)), new), else_=old)


_INSERT = NewRow(insert(series).values({name: bindparam(name) for name in _VALUES}), series.c.pk)
_PUT = Sql(_moved_on)
_PKS = Sql(
    select(series.c.key, series.c.pk).where(series.c.run_pk == bindparam("run_pk"), in_list(series.c.key, "keys"))
)
_APPEND = Sql(
    lambda insert: insert(chunks).values(
        encoding=bindparam("encoding"),
        summary=bindparam("summary"),
        **{name: bindparam(name) for name in ("series_pk", "count", "min_step", "max_step", "data")},
    )
)
_HEAD: Final = tuple(series.c[name] for name in ("pk", "points", *_LAST))
_FIND = Sql(select(*_HEAD).where(series.c.run_pk == bindparam("run_pk"), series.c.key == bindparam("key")))
_FIND_KEYS = Sql(
    select(series.c.key, *_HEAD).where(series.c.run_pk == bindparam("run_pk"), in_list(series.c.key, "keys"))
)
_FIND_IN_RUNS = Sql(
    select(series.c.run_pk, *_HEAD).where(in_list(series.c.run_pk, "run_pks"), series.c.key == bindparam("key"))
)
_FIND_SOME = Sql(
    select(series.c.run_pk, series.c.key, *_HEAD).where(
        in_list(series.c.run_pk, "run_pks"), in_list(series.c.key, "keys")
    )
)
_CHUNKS = Sql(
    select(chunks.c.encoding, chunks.c.data)
    .where(
        chunks.c.series_pk == bindparam("series_pk"),
        chunks.c.max_step >= bindparam("low"),
        chunks.c.min_step <= bindparam("high"),
    )
    .order_by(chunks.c.min_step, chunks.c.pk)
)
_CHUNKS_OF_SOME = Sql(
    select(chunks.c.series_pk, chunks.c.encoding, chunks.c.data)
    .where(
        in_list(chunks.c.series_pk, "series_pks"),
        chunks.c.max_step >= bindparam("low"),
        chunks.c.min_step <= bindparam("high"),
    )
    .order_by(chunks.c.series_pk, chunks.c.min_step, chunks.c.pk)
)
_OUTLINE = Sql(
    # A summary is packed, and so is every chunk that has one.
    select(chunks.c.encoding, func.coalesce(chunks.c.summary, chunks.c.data))
    .where(
        chunks.c.series_pk == bindparam("series_pk"),
        chunks.c.max_step >= bindparam("low"),
        chunks.c.min_step <= bindparam("high"),
    )
    .order_by(chunks.c.min_step, chunks.c.pk)
)
_EXTENT = Sql(
    select(func.sum(chunks.c.count)).where(
        chunks.c.series_pk == bindparam("series_pk"),
        chunks.c.max_step >= bindparam("low"),
        chunks.c.min_step <= bindparam("high"),
    )
)

# Compaction
_NEWEST = Sql(select(func.max(chunks.c.pk)))
_RAW_SINCE = Sql(
    select(chunks.c.series_pk, func.count(), func.sum(chunks.c.count))
    .where(chunks.c.pk > bindparam("after_pk"), chunks.c.encoding == RAW)
    .group_by(chunks.c.series_pk)
)
_RAW_OF_ALL = Sql(
    select(chunks.c.series_pk, func.count(), func.sum(chunks.c.count))
    .where(chunks.c.encoding == RAW)
    .group_by(chunks.c.series_pk)
    .having(or_(func.count() >= bindparam("chunks"), func.sum(chunks.c.count) >= bindparam("points")))
)
_PIECES = Sql(
    select(chunks.c.pk, chunks.c.encoding, chunks.c.count)
    .where(chunks.c.series_pk == bindparam("series_pk"))
    .order_by(chunks.c.pk.desc())
)
_TAKE = Sql(select(chunks.c.encoding, chunks.c.data).where(in_list(chunks.c.pk, "pks")).order_by(chunks.c.pk))
_DROP = Sql(delete(chunks).where(in_list(chunks.c.pk, "pks")))
_fewer = series.c.points - bindparam("fewer")
# Not down to 1, which says that there is no chunk: a point that was logged twice still counts as two.
_FEWER = Sql(
    update(series).where(series.c.pk == bindparam("of")).values(points=case((_fewer < _TWO, _TWO), else_=_fewer))
)


class Head(NamedTuple):
    """A series without its chunks; `points` as written. If there is but one, the last is it, and there is no chunk."""

    pk: int
    points: int
    last_step: int
    last_ms: int
    last_value: float
    last_is_nan: int

    def only_point(self) -> bytes | None:
        """The raw chunk of a series that has no chunk."""
        if self.points != 1:
            return None
        return pack_one(self.last_step, self.last_ms, math.nan if self.last_is_nan else self.last_value)


Piece = tuple[int, bytes]
"""The encoding of a chunk, and its data."""


def append(tx: WriteTx, run_pk: int, experiment_id: int, writes: Sequence[SeriesWrite]) -> None:
    """Store new points: two or three statements for one series, three or four for many.

    The caller holds the run's row, so that nobody else writes to its series meanwhile.
    """
    if len(writes) <= _FEW:
        before = {write.key: find(tx, run_pk, write.key) for write in writes}
        numbers = {}
        for write in writes:
            head, row = before[write.key], _row(run_pk, experiment_id, write)
            if head is None:
                numbers[write.key] = tx.add(_INSERT, **row)
            else:
                numbers[write.key] = head.pk
                tx.run(_PUT, **row)
    else:
        keys = [write.key for write in writes]
        before = {row[0]: Head(*row[1:]) for row in tx.all(_FIND_KEYS, run_pk=run_pk, keys=keys)}
        tx.run_many(_PUT, [_row(run_pk, experiment_id, write) for write in writes])
        numbers = dict(tx.all(_PKS, run_pk=run_pk, keys=keys))
    rows = [
        _chunk(numbers[write.key], write, before.get(write.key))
        for write in writes
        if write.size > 1 or before.get(write.key) is not None
    ]
    if len(rows) == 1:
        tx.run(_APPEND, **rows[0])
    elif rows:
        tx.run_many(_APPEND, rows)


def find(tx: ReadTx, run_pk: int, key: str) -> Head | None:
    row = tx.one(_FIND, run_pk=run_pk, key=key)
    return None if row is None else Head(*row)


def find_in_runs(tx: ReadTx, run_pks: list[int], key: str) -> dict[int, Head]:
    """By run, for those runs that have the series."""
    return {row[0]: Head(*row[1:]) for row in tx.all(_FIND_IN_RUNS, run_pks=run_pks, key=key)}


def find_some(tx: ReadTx, run_pks: list[int], keys: list[str]) -> dict[tuple[int, str], Head]:
    """By run and key, those that there are."""
    return {(row[0], row[1]): Head(*row[2:]) for row in tx.all(_FIND_SOME, run_pks=run_pks, keys=keys)}


def read(tx: ReadTx, series_pk: int, low: int, high: int) -> list[Piece]:
    """Every chunk with a step from `low` to `high`; other steps may be in them too."""
    return tx.all(_CHUNKS, series_pk=series_pk, low=low, high=high)


def read_some(tx: ReadTx, series_pks: list[int], low: int, high: int) -> dict[int, list[Piece]]:
    """As `read`, of several series at once."""
    found: dict[int, list[Piece]] = {pk: [] for pk in series_pks}
    for pk, encoding, data in tx.all(_CHUNKS_OF_SOME, series_pks=series_pks, low=low, high=high):
        found[pk].append((encoding, data))
    return found


def outline(tx: ReadTx, series_pk: int, low: int, high: int) -> list[Piece]:
    """As `read`, with the summary in place of the data where there is one."""
    return tx.all(_OUTLINE, series_pk=series_pk, low=low, high=high)


def extent(tx: ReadTx, series_pk: int, low: int, high: int) -> int:
    """The number of points in the chunks that `read` would give."""
    return int(tx.value(_EXTENT, series_pk=series_pk, low=low, high=high) or 0)


def newest_chunk(tx: ReadTx) -> int:
    return tx.value(_NEWEST) or 0


def raw_since(tx: ReadTx, after_pk: int) -> list[tuple[int, int, int]]:
    """(series pk, raw chunks, points in them) of series with raw chunks above `after_pk`, counting only those."""
    return [(row[0], row[1], int(row[2])) for row in tx.all(_RAW_SINCE, after_pk=after_pk)]


def raw_of_all(tx: ReadTx, least_chunks: int, least_points: int) -> list[tuple[int, int, int]]:
    """As `raw_since`, of all chunks, for series with so many raw chunks or points."""
    rows = tx.all(_RAW_OF_ALL, chunks=least_chunks, points=least_points)
    return [(row[0], row[1], int(row[2])) for row in rows]


def pieces(tx: ReadTx, series_pk: int) -> list[tuple[int, int, int]]:
    """(pk, encoding, count) of every chunk of a series, newest first."""
    return tx.all(_PIECES, series_pk=series_pk)


def take(tx: ReadTx, pks: list[int]) -> list[tuple[int, bytes]]:
    return tx.all(_TAKE, pks=pks)


def replace(tx: WriteTx, series_pk: int, old: list[int], new: list[dict[str, Any]], fewer: int) -> bool:
    """Put `new` chunks in the place of `old`; False when some of the old are gone, and then nothing may stand.

    The new are written first: SQLite gives a number out again once it was the greatest and is gone, and whoever
    looks for chunks above a number would miss those.
    """
    tx.run_many(_APPEND, new)
    if tx.run(_DROP, pks=old) != len(old):
        return False
    if fewer:
        tx.run(_FEWER, of=series_pk, fewer=fewer)
    return True


def _row(run_pk: int, experiment_id: int, write: SeriesWrite) -> dict[str, Any]:
    return {
        "run_pk": run_pk,
        "experiment_id": experiment_id,
        "key": write.key,
        "last_step": write.last_step,
        "last_ms": write.last_ms,
        "last_value": write.last_value,
        "last_is_nan": write.last_is_nan,
        "min_value": write.least,
        "max_value": write.greatest,
        "points": write.size,
    }


def _chunk(series_pk: int, write: SeriesWrite, before: Head | None) -> dict[str, Any]:
    """The new points, behind the one that had no chunk so far, if that is so."""
    alone = None if before is None else before.only_point()
    low, high = write.min_step, write.max_step
    if before is not None and alone is not None:
        low, high = min(low, before.last_step), max(high, before.last_step)
    return {
        "series_pk": series_pk,
        "count": write.size + (alone is not None),
        "min_step": low,
        "max_step": high,
        "encoding": RAW,
        "summary": None,
        "data": write.data if alone is None else alone + write.data,
    }
