"""What happened: typed facts, written in the transaction of the change.

The audit trail, notifications and triggers read this one table. An event's class is its catalogue entry: the tag is
its name (`room.noun.verb`), its fields are the facts, and values that changed stand in `before` and `after`.
Bulk telemetry (metric points) is the one exception: it is not recorded point by point.
"""

from typing import Any, ClassVar, Final

import msgspec
from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text, bindparam, func, insert, select

from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.schema import PrimaryKey, metadata
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.http.request_id import current_request_id


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """One fact. Subclasses give a `tag` and name, in SUBJECT, the pattern of the thing that it is about."""

    SUBJECT: ClassVar[str]

    @property
    def subject(self) -> str:
        """The reference of the thing the fact is about, such as `runs/4a1f...` or `models/fraud`."""
        return self.SUBJECT.format_map(msgspec.structs.asdict(self))


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it stands in the log."""

    id: int
    at_ms: int
    actor: str
    name: str
    subject: str
    facts: msgspec.Raw
    request_id: str | None


events = Table(
    "events",
    metadata,
    Column("id", PrimaryKey, Identity(), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("request_id", Text),
    Index("ix_events_subject", "subject", "id"),
)

_INSERT = Sql(
    insert(events).values(
        at_ms=bindparam("at_ms"),
        actor=bindparam("actor"),
        name=bindparam("name"),
        subject=bindparam("subject"),
        facts=bindparam("facts"),
        request_id=bindparam("request_id"),
    )
)
_COLUMNS = (
    events.c.id,
    events.c.at_ms,
    events.c.actor,
    events.c.name,
    events.c.subject,
    events.c.facts,
    events.c.request_id,
)
_OF_SUBJECT = Sql(
    select(*_COLUMNS)
    .where(events.c.subject == bindparam("subject"), events.c.id < bindparam("before_id"))
    .order_by(events.c.id.desc())
    .limit(bindparam("limit"))
)
_AFTER = Sql(
    select(*_COLUMNS).where(events.c.id > bindparam("after_id")).order_by(events.c.id).limit(bindparam("limit"))
)
_BEFORE = Sql(
    select(*_COLUMNS).where(events.c.id < bindparam("before_id")).order_by(events.c.id.desc()).limit(bindparam("limit"))
)

_LAST = Sql(select(func.max(events.c.id)))

_LATEST_MS: Final = 5_000
"""Longer than any of our transactions takes from the number of its event to its commit."""
_RECENT: Final = 64
"""More than are recorded at one time."""


def record(tx: WriteTx, actor: Actor, event: Event) -> None:
    """Write `event` into the log, in the transaction of the change that it tells of."""
    tx.run(
        _INSERT,
        at_ms=now_ms(),
        actor=actor.name,
        name=event.__struct_config__.tag,
        subject=event.subject,
        facts=msgspec.json.encode(event).decode(),
        request_id=current_request_id(),
    )


def events_of(tx: ReadTx, subject: str, *, before_id: int, limit: int) -> list[Recorded]:
    """The events about one thing, newest first, with ids below `before_id`."""
    return [_recorded(row) for row in tx.all(_OF_SUBJECT, subject=subject, before_id=before_id, limit=limit)]


def events_before(tx: ReadTx, *, before_id: int, limit: int) -> list[Recorded]:
    """All events, newest first, with ids below `before_id`."""
    return [_recorded(row) for row in tx.all(_BEFORE, before_id=before_id, limit=limit)]


def events_after(tx: ReadTx, *, after_id: int, limit: int) -> list[Recorded]:
    """All events with ids above `after_id`, oldest first; what a subscriber asks for."""
    return [_recorded(row) for row in tx.all(_AFTER, after_id=after_id, limit=limit)]


def events_following(tx: ReadTx, *, after_id: int, limit: int) -> list[Recorded]:
    """As `events_after`, for who asks again above the last of them: only as far as nothing can come in between.

    On PostgreSQL a later transaction may be there first. So where an id is missing before an event that is not old,
    that event waits; an id still missing after that was given to a transaction that was rolled back.
    """
    found = events_after(tx, after_id=after_id, limit=limit)
    ids = [after_id, *(event.id for event in found)]
    fresh_ms = now_ms() - _LATEST_MS
    for place, event in enumerate(found):
        if event.id != ids[place] + 1 and event.at_ms > fresh_ms:
            return found[:place]
    return found


def last_event_id(tx: ReadTx) -> int:
    """The id that `events_following` may go on from; 0 when there is no event."""
    newest: int = tx.value(_LAST) or 0
    recent = events_after(tx, after_id=newest - _RECENT, limit=_RECENT)
    if not recent:
        return 0
    before = recent[0].id - 1
    following = events_following(tx, after_id=before, limit=_RECENT)
    return following[-1].id if following else before


def _recorded(row: tuple[Any, ...]) -> Recorded:
    return Recorded(
        id=row[0],
        at_ms=row[1],
        actor=row[2],
        name=row[3],
        subject=row[4],
        facts=msgspec.Raw(row[5].encode()),
        request_id=row[6],
    )
