"""SQL of the ledger's index: which segments there are, and which were merged into others."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.serving.model import Form, Segment
from modelwright.serving.store.tables import segments

_COLUMNS = tuple(segments.c[name] for name in Segment.__struct_fields__)
_COUNTS = segments.c.merged_into.is_(None)
_LATER = {"merged_into", "published_ms"}  # what becomes of a segment is not known when it comes
_ADD = Sql(
    lambda insert_into: (
        insert_into(segments)
        .values(**{column.name: bindparam(column.name) for column in segments.c if column.name not in _LATER})
        .on_conflict_do_nothing()
    )
)
_AT = Sql(
    select(*_COLUMNS)
    .where(_COUNTS, segments.c.first_ms <= bindparam("at_ms"), segments.c.last_ms >= bindparam("at_ms"))
    .order_by(segments.c.name)
)
_OF = Sql(
    select(*_COLUMNS)
    .where(
        _COUNTS,
        segments.c.deployment == bindparam("deployment"),
        segments.c.last_ms >= bindparam("since_ms"),
        segments.c.first_ms < bindparam("until_ms"),
    )
    .order_by(segments.c.first_ms, segments.c.name)
)
# From the newest to the oldest along the index (deployment, last_ms), and only as far as `limit`: a list that goes on
# from a place begins there, however much is newer.
_NEWEST = Sql(
    select(*_COLUMNS)
    .where(
        _COUNTS,
        segments.c.deployment == bindparam("deployment"),
        segments.c.last_ms >= bindparam("since_ms"),
        segments.c.last_ms <= bindparam("upto_ms"),
        segments.c.first_ms <= bindparam("until_ms"),
    )
    .order_by(segments.c.last_ms.desc(), segments.c.name.desc())
    .limit(bindparam("limit"))
)
_BY_NAME = Sql(select(*_COLUMNS).where(segments.c.name == bindparam("name")))
_UNMERGED = Sql(
    select(*_COLUMNS)
    .where(
        _COUNTS,
        segments.c.deployment == bindparam("deployment"),
        segments.c.form == Form.ARROW.value,
        segments.c.first_ms < bindparam("before_ms"),
    )
    .order_by(segments.c.first_ms, segments.c.name)
)
_UNPUBLISHED = Sql(
    select(*_COLUMNS)
    .where(
        _COUNTS,
        segments.c.deployment == bindparam("deployment"),
        segments.c.form == Form.PARQUET.value,
        segments.c.published_ms.is_(None),
    )
    .order_by(segments.c.first_ms, segments.c.name)
    .limit(bindparam("limit"))
)
_PUBLISH = Sql(update(segments).where(in_list(segments.c.name, "names")).values(published_ms=bindparam("at_ms")))
_WITH_UNMERGED = Sql(
    select(segments.c.deployment)
    .where(_COUNTS, segments.c.form == Form.ARROW.value, segments.c.first_ms < bindparam("before_ms"))
    .distinct()
)
_MERGED = Sql(
    update(segments).where(_COUNTS, in_list(segments.c.name, "names")).values(merged_into=bindparam("into_name"))
)
_PASSED = Sql(
    delete(segments).where(
        segments.c.merged_into.is_not(None),
        segments.c.node == bindparam("node"),
        segments.c.name < bindparam("name"),
    )
)
_EXPIRED = Sql(
    select(func.count(), func.sum(segments.c.rows)).where(
        _COUNTS, segments.c.deployment == bindparam("deployment"), segments.c.last_ms < bindparam("before_ms")
    )
)
_EXPIRE = Sql(
    delete(segments).where(
        segments.c.deployment == bindparam("deployment"), segments.c.last_ms < bindparam("before_ms")
    )
)
_DIGESTS = Sql(select(segments.c.digest).where(_COUNTS))
_HOLDS = Sql(select(func.count()).where(_COUNTS, segments.c.digest == bindparam("digest")))
_TOTALS = Sql(
    select(
        func.count(), func.sum(segments.c.rows), func.sum(segments.c.size_bytes), func.min(segments.c.first_ms)
    ).where(_COUNTS, segments.c.deployment == bindparam("deployment"))
)


class Totals(msgspec.Struct, frozen=True):
    """What the ledger holds of a deployment."""

    segments: int
    rows: int
    size_bytes: int
    first_ms: int | None


def add(tx: WriteTx, segment: Segment, size_bytes: int) -> bool:
    """Whether it is new. One that was merged since is not."""
    values = msgspec.to_builtins(segment)
    values["hidden"] = msgspec.json.encode(segment.hidden).decode()
    return tx.run(_ADD, size_bytes=size_bytes, **values) > 0


def passed(tx: WriteTx, node: str, name: str) -> None:
    """Forget the node's merged segments before `name`: it sends the oldest it has first, so it has them no more."""
    tx.run(_PASSED, node=node, name=name)


def at(tx: ReadTx, at_ms: int) -> list[Segment]:
    """Those whose rows may include one of this moment."""
    return [_segment(row) for row in tx.all(_AT, at_ms=at_ms)]


def of(tx: ReadTx, deployment: str, *, since_ms: int, until_ms: int) -> list[Segment]:
    """Oldest first."""
    return [_segment(row) for row in tx.all(_OF, deployment=deployment, since_ms=since_ms, until_ms=until_ms)]


def newest(tx: ReadTx, deployment: str, *, since_ms: int, until_ms: int, span_ms: int, limit: int) -> list[Segment]:
    """Those that may hold rows of that time, the one with the latest row first.

    A segment is taken to span no more than `span_ms`: it is an hour and some seconds at most, where clocks go forward.
    """
    rows = tx.all(
        _NEWEST,
        deployment=deployment,
        since_ms=since_ms,
        until_ms=until_ms,
        upto_ms=until_ms + span_ms,
        limit=limit,
    )
    return [_segment(row) for row in rows]


def find(tx: ReadTx, name: str) -> Segment | None:
    """Also one that was merged: whoever got its name a moment ago may still read it."""
    row = tx.one(_BY_NAME, name=name)
    return None if row is None else _segment(row)


def unmerged(tx: ReadTx, deployment: str, *, before_ms: int) -> list[Segment]:
    """Arrow segments that began before then, oldest first."""
    return [_segment(row) for row in tx.all(_UNMERGED, deployment=deployment, before_ms=before_ms)]


def unpublished(tx: ReadTx, deployment: str, *, limit: int) -> list[Segment]:
    """Parquet segments that no Delta table has yet, oldest first."""
    return [_segment(row) for row in tx.all(_UNPUBLISHED, deployment=deployment, limit=limit)]


def publish(tx: WriteTx, names: list[str], at_ms: int) -> None:
    """Their rows are in the Delta table."""
    tx.run(_PUBLISH, names=names, at_ms=at_ms)


def with_unmerged(tx: ReadTx, *, before_ms: int) -> list[str]:
    """Deployments that have such segments."""
    return [name for (name,) in tx.all(_WITH_UNMERGED, before_ms=before_ms)]


def merged(tx: WriteTx, names: list[str], into: str) -> int:
    """Let these count no more; how many of them did."""
    return tx.run(_MERGED, names=names, into_name=into)


def expired(tx: ReadTx, deployment: str, *, before_ms: int) -> tuple[int, int]:
    """How many segments, and rows in them, are all older."""
    row = tx.one(_EXPIRED, deployment=deployment, before_ms=before_ms)
    return (row[0], int(row[1] or 0)) if row else (0, 0)


def expire(tx: WriteTx, deployment: str, *, before_ms: int) -> None:
    tx.run(_EXPIRE, deployment=deployment, before_ms=before_ms)


def digests(tx: ReadTx) -> set[str]:
    """The bytes that the ledger is made of."""
    return {digest for (digest,) in tx.all(_DIGESTS)}


def holds(tx: ReadTx, digest: str) -> bool:
    return bool(tx.value(_HOLDS, digest=digest))


def totals(tx: ReadTx, deployment: str) -> Totals:
    row = tx.one(_TOTALS, deployment=deployment)
    count, rows, size_bytes, first_ms = row or (0, 0, 0, None)
    return Totals(count, int(rows or 0), int(size_bytes or 0), first_ms)


def _segment(row: tuple[Any, ...]) -> Segment:
    values = dict(zip(Segment.__struct_fields__, row, strict=True))
    values["hidden"] = msgspec.json.decode(values["hidden"], type=tuple[str, ...])
    return msgspec.convert(values, Segment)
