"""Group commit: many requests' writes in one transaction, with one wait for the disk.

SQLite has one writer at a time and pays for the disk at every commit. So one thread runs all writes: it takes what
waits, runs one after the other, commits once, and only then answers everybody. A write that fails harms no neighbour:
mostly it has changed nothing by then; if it has, the group is rolled back and run again with a savepoint for each.
(A savepoint for every write would cost an eighth of a new run.) A commit that fails fails them all.
"""

import asyncio
import collections
import contextvars
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final

from modelwright.core.db.sqlite import SqliteDriver
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import ModelwrightError, Unavailable

Write = Callable[[WriteTx], Any]

_GROUP_S: Final = 0.008  # the longest that an early write waits for later ones of its group
_GROUP_WRITES: Final = 512


class _Pending:
    """A write that waits, and how to tell whoever waits for it."""

    __slots__ = ("context", "error", "fn", "future", "loop", "result")

    def __init__(self, fn: Write, loop: asyncio.AbstractEventLoop | None) -> None:
        self.fn = fn
        self.context = contextvars.copy_context()
        self.loop = loop
        self.future: Any = Future() if loop is None else loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        future = self.future
        if future.done():  # the caller was cancelled; the write stands
            return
        if self.error is None:
            future.set_result(self.result)
        else:
            future.set_exception(self.error)


class GroupCommit:
    """The one writer of a SQLite file."""

    def __init__(self, driver: SqliteDriver) -> None:
        self._driver = driver
        self._tx = WriteTx(driver)
        self._waiting: collections.deque[_Pending] = collections.deque()
        self._wake = threading.Condition(threading.Lock())
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, fn: Write, loop: asyncio.AbstractEventLoop | None) -> Any:
        """Queue a write; its future is an asyncio one when `loop` is given, else a thread's."""
        pending = _Pending(fn, loop)
        with self._wake:
            if self._closing:
                raise Unavailable("the server is shutting down")
            self._waiting.append(pending)
            self._wake.notify()
        return pending.future

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if not self._waiting:
                    return
            _tell(self._one_group())

    def _one_group(self) -> list[_Pending]:
        group: list[_Pending] = []
        try:
            self._driver.say("BEGIN IMMEDIATE")
            self._fill(group)
            self._driver.say("COMMIT")
        except ModelwrightError as error:
            self._fail(group, error)
        return group

    def _fill(self, group: list[_Pending]) -> None:
        """Run waiting writes until none is left or the group is large or old enough."""
        end = time.monotonic() + _GROUP_S
        while self._waiting and len(group) < _GROUP_WRITES:
            pending = self._waiting.popleft()
            group.append(pending)
            if not self._run_one(pending):
                self._run_again(group)
                return
            if time.monotonic() > end:
                return

    def _run_one(self, pending: _Pending) -> bool:
        """False when it left something that is to be undone."""
        driver = self._driver
        changes = driver.changes
        try:
            pending.result = pending.context.run(pending.fn, self._tx)
        except BaseException as error:  # noqa: BLE001 - it is the caller's, who gets it
            pending.error = error
            return driver.in_transaction and driver.changes == changes
        return driver.in_transaction

    def _run_again(self, group: list[_Pending]) -> None:
        if not self._driver.in_transaction:  # SQLite gave up the whole transaction: the disk is full
            cause = group[-1].error
            raise _lost(cause) from cause
        self._driver.say("ROLLBACK")
        self._driver.say("BEGIN IMMEDIATE")
        for pending in group:
            pending.error = None
            self._in_savepoint(pending)

    def _in_savepoint(self, pending: _Pending) -> None:
        driver = self._driver
        driver.say("SAVEPOINT w")
        try:
            pending.result = pending.context.run(pending.fn, self._tx)
        except BaseException as error:
            pending.error = error
            if not driver.in_transaction:  # SQLite gave up the whole transaction: the disk is full
                raise _lost(error) from error
            driver.say("ROLLBACK TO w")
        driver.say("RELEASE w")

    def _fail(self, group: list[_Pending], error: ModelwrightError) -> None:
        if self._driver.in_transaction:
            self._driver.say("ROLLBACK")
        if not group and self._waiting:  # BEGIN itself failed: answer those who wait now
            group.extend(self._waiting.popleft() for _ in range(len(self._waiting)))
        for pending in group:
            if pending.error is None:
                pending.error = error


def _lost(error: BaseException | None) -> ModelwrightError:
    if isinstance(error, ModelwrightError):
        return error
    return Unavailable("the transaction was lost with another write that failed; try again")


def _tell(group: list[_Pending]) -> None:
    """Wake each waiting event loop once for the whole group."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Pending]] = {}
    for pending in group:
        if pending.loop is None:
            pending.settle()
        else:
            by_loop.setdefault(pending.loop, []).append(pending)
    for loop, waiting in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, waiting)


def _settle_all(waiting: list[_Pending]) -> None:
    for pending in waiting:
        pending.settle()
