"""Group commit: neighbours do not harm each other, and what is acknowledged is there."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import bindparam, func, insert, select, text

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.db.sql import NewRow, Sql
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import Conflict, StorageFull, Unavailable
from modelwright.core.events import Event, events, record

COUNT = Sql(select(func.count()).select_from(events).where(events.c.subject == bindparam("subject")))

PING = insert(events).values(subject=bindparam("subject"), at_ms=0, actor="a", name="test.ping.sent", facts="")
ADD = NewRow(PING, events.c.id)
ALL = Sql(select(events.c.id, events.c.subject))


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


def test_what_a_write_answers_is_what_was_committed(db: Database) -> None:
    """Neighbours of a write that is undone may run twice; each is told of the run that stands."""

    def numbered(name: str) -> Callable[[WriteTx], int]:
        def write(tx: WriteTx) -> int:
            return tx.add(ADD, subject=f"pings/{name}")

        return write

    async def all_at_once() -> list[object]:
        writes = [db.write(ping("bad", fails=True)) if n % 7 == 6 else db.write(numbered(f"n{n}")) for n in range(100)]
        return await asyncio.gather(*writes, return_exceptions=True)

    told = {f"pings/n{n}": number for n, number in enumerate(asyncio.run(all_at_once())) if isinstance(number, int)}
    stored = db.read_now(lambda tx: {subject: number for number, subject in tx.all(ALL)})

    assert 86 == len(told)
    assert told == stored


def test_a_write_that_fails_before_it_changes_anything_leaves_its_neighbours_alone(db: Database) -> None:
    """The common failure: something is not there, or may not be changed."""

    def refused(_: WriteTx) -> str:
        raise Conflict("no", name="x")

    async def all_at_once() -> list[str | BaseException]:
        writes = (db.write(refused if n % 2 else ping(f"p{n}")) for n in range(50))
        return await asyncio.gather(*writes, return_exceptions=True)

    results = asyncio.run(all_at_once())

    assert 25 == sum(isinstance(result, Conflict) for result in results)
    assert 25 == len(db.read_now(lambda tx: tx.all(ALL)))


def test_what_a_write_returned_is_there_for_the_next_reader(db: Database) -> None:
    """A write is answered after its commit: another connection sees it at once."""

    async def write_then_read() -> int:
        await db.write(ping("a"))
        count: int = await db.read(lambda tx: tx.value(COUNT, subject="pings/a"))
        return count

    assert 1 == asyncio.run(write_then_read())


def test_a_cancelled_caller_does_not_stop_the_writer(db: Database) -> None:
    """Whoever hangs up early leaves the writer well; the write itself stands or falls whole."""

    async def cancel_one() -> str:
        gone = asyncio.ensure_future(db.write(ping("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        return await db.write(ping("stays"))

    assert "stays" == asyncio.run(cancel_one())
    assert db.read_now(lambda tx: tx.value(COUNT, subject="pings/gone")) in {0, 1}


def test_writes_from_plain_threads_and_from_a_loop_share_the_database(db: Database) -> None:
    """Jobs write from threads while requests write from the event loop; none is lost."""

    def from_a_thread(n: int) -> None:
        for _ in range(n):
            db.write_now(ping("thread"))

    async def from_a_loop(n: int) -> None:
        await asyncio.gather(*(db.write(ping("loop")) for _ in range(n)))

    threads = [threading.Thread(target=from_a_thread, args=(50,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    asyncio.run(from_a_loop(200))
    for thread in threads:
        thread.join()

    assert 200 == db.read_now(lambda tx: tx.value(COUNT, subject="pings/thread"))
    assert 200 == db.read_now(lambda tx: tx.value(COUNT, subject="pings/loop"))


def test_a_closed_sqlite_database_refuses_writes(tmp_path: Path) -> None:
    """While a server shuts down, late writes are told to come back later."""
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    database.close()

    with pytest.raises(Unavailable, match="shutting down"):
        database.write_now(ping("late"))


def test_a_full_disk_fails_the_group_and_the_next_write_succeeds(tmp_path: Path) -> None:
    """When SQLite has no room, writes say so, reads go on, and room made later is used without a restart."""
    path = tmp_path / "a.db"
    database = open_database(f"sqlite:///{path}")
    limit = Sql(text("PRAGMA max_page_count=80"))
    lift = Sql(text("PRAGMA max_page_count=1000000"))
    database.write_now(lambda tx: tx.value(limit))

    async def fill() -> list[str | BaseException]:
        return await asyncio.gather(*(db_write(n) for n in range(200)), return_exceptions=True)

    def db_write(n: int) -> Awaitable[str]:
        return database.write(ping(f"{n}-" + "x" * 5000))

    results = asyncio.run(fill())
    full = [r for r in results if isinstance(r, StorageFull)]
    stored = [r for r in results if isinstance(r, str)]
    assert full
    assert len(results) == len(full) + len(stored)
    counts = database.read_now(lambda tx: [tx.value(COUNT, subject=f"pings/{name}") for name in stored])
    assert [1] * len(stored) == counts

    database.write_now(lambda tx: tx.value(lift))
    assert "after" == database.write_now(ping("after"))
    database.close()
