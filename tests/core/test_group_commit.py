"""Group commit: neighbours do not harm each other, and what is acknowledged is there."""

import asyncio
from collections.abc import Callable

from sqlalchemy import bindparam, func, select

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import Conflict
from modelwright.core.events import Event, events, record

COUNT = Sql(select(func.count()).select_from(events).where(events.c.subject == bindparam("subject")))


class Pinged(Event, frozen=True, tag="test.ping.sent"):
    SUBJECT = "pings/{name}"

    name: str


def ping(name: str, *, fails: bool = False) -> Callable[[WriteTx], str]:
    def write(tx: WriteTx) -> str:
        record(tx, SYSTEM, Pinged(name=name))
        if fails:
            raise Conflict("no", name=name)
        return name

    return write


def test_a_failing_write_leaves_its_neighbours_alone(db: Database) -> None:
    """Of writes that share a transaction, only the one that fails is undone."""

    async def all_at_once() -> list[str | BaseException]:
        writes = (db.write(ping(f"p{n % 10}", fails=n % 10 == 3)) for n in range(200))
        return await asyncio.gather(*writes, return_exceptions=True)

    results = asyncio.run(all_at_once())

    refused = [r for r in results if isinstance(r, Conflict)]
    assert 20 == len(refused)
    assert 0 == db.read_now(lambda tx: tx.value(COUNT, subject="pings/p3"))
    assert 20 == db.read_now(lambda tx: tx.value(COUNT, subject="pings/p4"))
