"""The sweep takes what nobody names, and never what somebody is about to name."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from modelwright.artifacts import service, store
from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs, Placed, Spool
from modelwright.artifacts.jobs import PATIENCE_MS, Sweeper, Swept, sweep
from modelwright.artifacts.transfers import Transfers
from modelwright.core.auth import local_user
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.testing.blobs import digest, put, put_part
from tests.artifacts.conftest import RUN, KnownOwners

ANN = local_user("ann")
UPLOAD = "0123456789abcdef" * 2
WEEK_MS = 7 * 24 * 3_600_000


def store_file(transfers: Transfers, path: str, data: bytes) -> None:
    """By the ordinary way in."""

    async def receive() -> Any:
        return {"type": "http.request", "body": data, "more_body": False}

    asyncio.run(transfers.uploads.store({}, receive, ANN, RUN, path))


def remove(db: Database, path: str) -> None:
    db.write_now(lambda tx: service.remove(tx, ANN, RUN, path))


def later(milliseconds: int = PATIENCE_MS) -> int:
    return now_ms() + milliseconds + 1


def held(blobs: Blobs) -> set[str]:
    return {stored.digest for stored in blobs.scan()}


def test_named_bytes_stay_and_unnamed_go(db: Database, transfers: Transfers, blobs: Blobs) -> None:
    """Removing the last name frees the space, once the patience is over."""
    store_file(transfers, "a", b"shared")
    store_file(transfers, "b", b"shared")
    store_file(transfers, "c", b"alone")
    remove(db, "a")
    remove(db, "c")

    assert 0 == sweep(db, blobs, at_ms=now_ms()).blobs
    assert 1 == sweep(db, blobs, at_ms=later()).blobs
    assert {digest(b"shared")} == held(blobs)
    remove(db, "b")
    assert 1 == sweep(db, blobs, at_ms=later()).blobs
    assert set() == held(blobs)


def test_replaced_bytes_go(db: Database, transfers: Transfers, blobs: Blobs) -> None:
    """A file that is stored again and again does not fill the disk."""
    for data in (b"1", b"2", b"3"):
        store_file(transfers, "a", data)

    assert 2 == sweep(db, blobs, at_ms=later()).blobs
    assert {digest(b"3")} == held(blobs)


def test_bytes_that_were_never_named_go_in_two_steps(db: Database, blobs: Blobs) -> None:
    """An upload that died between placing and naming leaves bytes without a row; they get one, then they go."""
    put(blobs, b"orphan")

    assert 0 == sweep(db, blobs, at_ms=now_ms()).blobs
    assert 0 == sweep(db, blobs, at_ms=later()).blobs
    assert {digest(b"orphan")} == held(blobs)
    assert 1 == sweep(db, blobs, at_ms=later(3 * PATIENCE_MS)).blobs
    assert set() == held(blobs)


def test_adopted_bytes_can_still_be_named(db: Database, transfers: Transfers, blobs: Blobs) -> None:
    """Somebody who sends the same bytes in between keeps them."""
    put(blobs, b"orphan")
    sweep(db, blobs, at_ms=later())
    store_file(transfers, "a", b"orphan")

    assert 0 == sweep(db, blobs, at_ms=later(9 * PATIENCE_MS)).blobs
    assert {digest(b"orphan")} == held(blobs)


def test_a_row_whose_bytes_are_gone_already_goes(db: Database, transfers: Transfers, blobs: Blobs) -> None:
    """What a sweep that was killed half way left is finished by the next."""
    store_file(transfers, "a", b"x")
    remove(db, "a")
    blobs.delete(digest(b"x"))

    assert 1 == sweep(db, blobs, at_ms=later()).blobs
    assert [] == db.read_now(lambda tx: store.blob_rows(tx, after="", limit=9))


def test_abandoned_uploads_go(db: Database, blobs: Blobs, blobs_root: Path) -> None:
    """Parts that nobody completed, parts without an upload, spools of dead processes; not those of today."""
    begun = db.write_now(lambda tx: service.begin_upload(tx, RUN, "a", 2))
    put_part(blobs, begun.id, 1, b"x")
    blobs.spool().write(b"left behind")

    assert Swept(blobs=0, uploads=0, spools=0) == sweep(db, blobs, at_ms=later())
    assert 1 == len(blobs.parts(begun.id))
    put_part(blobs, UPLOAD, 1, b"nobody's")
    assert Swept(blobs=0, uploads=1, spools=1) == sweep(db, blobs, at_ms=later(WEEK_MS))
    assert [] == list(blobs.uploads())
    assert [] == list((blobs_root / "incoming").iterdir())


def test_the_sweeper_outlives_a_sweep_that_fails(
    db: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A storage that is away for a while is swept when it is back, and somebody can read why it was not."""
    swept_again = threading.Event()
    calls: list[int] = []

    def sweep_badly_once(_db: Database, _blobs: Blobs, *, at_ms: int) -> Swept:
        calls.append(at_ms)
        if len(calls) == 1:
            raise OSError("away")
        swept_again.set()
        return Swept(blobs=0, uploads=0, spools=0)

    monkeypatch.setattr("modelwright.artifacts.jobs.sweep", sweep_badly_once)
    monkeypatch.setattr("modelwright.artifacts.jobs._FIRST_S", 0.0)
    monkeypatch.setattr("modelwright.artifacts.jobs._PAUSE_S", 0.01)
    sweeper = Sweeper(db, blobs)
    sweeper.start()

    assert swept_again.wait(60)
    sweeper.close()
    assert "sweep failed" in caplog.text


class SweptSpool:
    """A spool whose bytes a sweep takes as soon as they are placed for the first time."""

    def __init__(self, inner: Spool, db: Database, blobs: Blobs) -> None:
        self._inner = inner
        self._sweep = partial(sweep, db, blobs)
        self.write, self.close = inner.write, inner.close
        self.places = 0

    def place(self) -> Placed:
        placed = self._inner.place()
        self.places += 1
        if self.places == 1:
            self._sweep(at_ms=later())
        return placed


def test_bytes_taken_on_their_way_to_a_name_are_put_back(
    db: Database, transfers: Transfers, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upload finds its bytes held, a sweep takes them for unnamed, and the upload still ends with both."""
    store_file(transfers, "a", b"raced")
    remove(db, "a")
    spool = SweptSpool(blobs.spool(), db, blobs)
    monkeypatch.setattr(transfers.blobs, "spool", lambda: spool)
    store_file(transfers, "b", b"raced")

    assert 2 == spool.places
    assert {digest(b"raced")} == held(blobs)
    assert b"raced" == b"".join(blobs.read(db.read_now(lambda tx: service.file(tx, RUN, "b")).digest))


@pytest.fixture
def servers(database_url: str, db: Database, blobs_root: Path, tmp_path: Path) -> Iterator[list[Transfers]]:
    """Two servers on one PostgreSQL and one folder; SQLite has only one."""
    databases = [db] if db.name == "sqlite" else [db, open_database(database_url)]
    made = [Transfers(each, open_blobs(blobs_root.as_uri(), tmp_path), KnownOwners()) for each in databases]
    yield made
    for transfers in made:
        transfers.close()
    for second in databases[1:]:
        second.close()


def guarded(work: Callable[[], None], failures: list[BaseException]) -> threading.Thread:
    """A running thread that tells its failure to the thread that pytest watches."""

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def upload_and_remove(transfers: Transfers, db: Database, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(40):
        path = f"{seed}/{chance.randrange(3)}"
        store_file(transfers, path, bytes([chance.randrange(3)]))
        if number % 2:
            remove(db, path)


def keep_sweeping(transfers: Transfers, db: Database, stop: threading.Event) -> None:
    while not stop.is_set():
        sweep(db, transfers.blobs, at_ms=later())


def test_no_name_is_ever_left_without_its_bytes(servers: list[Transfers], db: Database, blobs: Blobs) -> None:
    """Uploads and removals of the same few contents, beside sweeps without any patience, on every server."""
    stop = threading.Event()
    failures: list[BaseException] = []
    sweepers = [guarded(partial(keep_sweeping, each, db, stop), failures) for each in servers]
    uploaders = [
        guarded(partial(upload_and_remove, servers[seed % len(servers)], db, seed), failures) for seed in range(4)
    ]
    for thread in uploaders:
        thread.join()
    stop.set()
    for thread in sweepers:
        thread.join()
    sweep(db, blobs, at_ms=later())

    assert [] == failures
    named = {entry.digest for entry in db.read_now(lambda tx: service.files(tx, RUN))}
    assert named <= held(blobs)
