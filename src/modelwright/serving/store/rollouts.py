"""SQL of rollouts: the state and the events that lead to it, written together."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, func, insert, or_, select, update

from modelwright.core.clock import now_ms
from modelwright.core.db.sql import NewRow, Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import NotFound
from modelwright.serving.rollouts.machine import AnyEvent, Rollout
from modelwright.serving.store.tables import rollout_events, rollouts


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A rollout's row."""

    id: int
    deployment_pk: int
    state: Rollout
    events: int
    created_ms: int
    updated_ms: int


_COLUMNS = tuple(rollouts.c[name] for name in Kept.__struct_fields__)
_BY_ID = Sql(select(*_COLUMNS).where(rollouts.c.id == bindparam("id")))
_OPEN_OF = Sql(
    select(*_COLUMNS).where(rollouts.c.deployment_pk == bindparam("deployment_pk"), rollouts.c.finished == 0)
)
_OPEN = Sql(select(*_COLUMNS).where(rollouts.c.finished == 0).order_by(rollouts.c.id))
_OF = Sql(
    select(*_COLUMNS)
    .where(rollouts.c.deployment_pk == bindparam("deployment_pk"), rollouts.c.id < bindparam("before"))
    .order_by(rollouts.c.id.desc())
    .limit(bindparam("limit"))
)
_NAMING = Sql(
    select(*_COLUMNS)
    .where(rollouts.c.state.contains(bindparam("label"), escape="/"))
    .order_by(rollouts.c.id.desc())
    .limit(bindparam("limit"))
)
_COUNT_OF = Sql(
    select(func.count()).select_from(rollouts).where(rollouts.c.deployment_pk == bindparam("deployment_pk"))
)
_AT = Sql(
    select(*_COLUMNS)
    .where(
        rollouts.c.deployment_pk == bindparam("deployment_pk"),
        rollouts.c.created_ms <= bindparam("at_ms"),
        or_(rollouts.c.finished == 0, rollouts.c.updated_ms >= bindparam("at_ms")),
    )
    .order_by(rollouts.c.id.desc())
    .limit(1)
)
_INSERT = NewRow(
    insert(rollouts).values(
        deployment_pk=bindparam("deployment_pk"),
        phase=bindparam("phase"),
        finished=bindparam("finished"),
        state=bindparam("state"),
        events=bindparam("events"),
        created_ms=bindparam("now_ms"),
        updated_ms=bindparam("now_ms"),
    ),
    rollouts.c.id,
)
_UPDATE = Sql(
    update(rollouts)
    .where(rollouts.c.id == bindparam("of_id"), rollouts.c.events == bindparam("had_events"))
    .values(
        phase=bindparam("to_phase"),
        finished=bindparam("is_finished"),
        state=bindparam("to_state"),
        events=bindparam("to_events"),
        updated_ms=bindparam("at_ms"),
    )
)
_ADD_EVENT = Sql(
    insert(rollout_events).values(
        rollout_id=bindparam("rollout_id"), number=bindparam("number"), body=bindparam("body")
    )
)
_EVENTS = Sql(
    select(rollout_events.c.body)
    .where(rollout_events.c.rollout_id == bindparam("rollout_id"), rollout_events.c.number >= bindparam("after"))
    .order_by(rollout_events.c.number)
)


_MOVES = Sql(
    select(rollout_events.c.body)
    .where(
        rollout_events.c.rollout_id == bindparam("rollout_id"),
        rollout_events.c.body.not_like(bindparam("measured")),
    )
    .order_by(rollout_events.c.number)
)
_MEASURED = '{"what":"measured"%'
"""How the stored form of a measurement begins: msgspec writes the tag first."""


def get(tx: ReadTx, id_: int) -> Kept:
    """Raises NotFound."""
    row = tx.one(_BY_ID, id=id_)
    if row is None:
        raise NotFound(f"no rollout {id_}; `modelwright rollout list <deployment>` shows those there are", rollout=id_)
    return _kept(row)


def open_of(tx: ReadTx, deployment_pk: int) -> Kept | None:
    """The rollout that a deployment is in, if any."""
    row = tx.one(_OPEN_OF, deployment_pk=deployment_pk)
    return None if row is None else _kept(row)


def every_open(tx: ReadTx) -> list[Kept]:
    return [_kept(row) for row in tx.all(_OPEN)]


def at(tx: ReadTx, deployment_pk: int, at_ms: int) -> Kept | None:
    """The rollout that the deployment was in at that moment."""
    row = tx.one(_AT, deployment_pk=deployment_pk, at_ms=at_ms)
    return None if row is None else _kept(row)


def of(tx: ReadTx, deployment_pk: int, *, before: int, limit: int) -> list[Kept]:
    """Newest first, of those with an id below `before`."""
    return [_kept(row) for row in tx.all(_OF, deployment_pk=deployment_pk, before=before, limit=limit)]


def naming(tx: ReadTx, version: str, *, limit: int) -> list[Kept]:
    """Those with `version`, written as `fraud:17`, on either side; newest first."""
    label = msgspec.json.encode(version).decode()
    for sign in "/%_":
        label = label.replace(sign, f"/{sign}")
    found = [_kept(row) for row in tx.all(_NAMING, label=label, limit=limit)]
    return [one for one in found if version in {one.state.plan.candidate_label, one.state.plan.control_label}]


def count_of(tx: ReadTx, deployment_pk: int) -> int:
    number: int = tx.value(_COUNT_OF, deployment_pk=deployment_pk)
    return number


def add(tx: WriteTx, deployment_pk: int, state: Rollout, events: list[AnyEvent]) -> int:
    id_ = tx.add(
        _INSERT,
        deployment_pk=deployment_pk,
        phase=state.phase.value,
        finished=int(state.finished),
        state=msgspec.json.encode(state).decode(),
        events=len(events),
        now_ms=now_ms(),
    )
    _append(tx, id_, 0, events)
    return id_


def go_on(tx: WriteTx, kept: Kept, state: Rollout, events: list[AnyEvent]) -> None:
    """Append `events` and keep the state they lead to, if nobody else went on from `kept` meanwhile.

    Two servers on one PostgreSQL may both try; the second one's transaction fails on the events' key.
    """
    tx.run(
        _UPDATE,
        of_id=kept.id,
        had_events=kept.events,
        to_phase=state.phase.value,
        is_finished=int(state.finished),
        to_state=msgspec.json.encode(state).decode(),
        to_events=kept.events + len(events),
        at_ms=now_ms(),
    )
    _append(tx, kept.id, kept.events, events)


def events_of(tx: ReadTx, id_: int, *, after: int = 0) -> list[AnyEvent]:
    """All events but the first so many, oldest first."""
    return [msgspec.json.decode(body, type=AnyEvent) for (body,) in tx.all(_EVENTS, rollout_id=id_, after=after)]


def moves_of(tx: ReadTx, id_: int) -> list[AnyEvent]:
    """The events that are not measurements, oldest first: as many as there were decisions."""
    rows = tx.all(_MOVES, rollout_id=id_, measured=_MEASURED)
    return [msgspec.json.decode(body, type=AnyEvent) for (body,) in rows]


def _append(tx: WriteTx, id_: int, after: int, events: list[AnyEvent]) -> None:
    tx.run_many(
        _ADD_EVENT,
        [
            {"rollout_id": id_, "number": after + place, "body": msgspec.json.encode(event).decode()}
            for place, event in enumerate(events)
        ],
    )


def _kept(row: tuple[Any, ...]) -> Kept:
    values = dict(zip(Kept.__struct_fields__, row, strict=True))
    values["state"] = msgspec.json.decode(values["state"], type=Rollout)
    return Kept(**values)
