"""The database as the rooms see it: `read` and `write` a function of a transaction."""

import asyncio
import contextvars
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from modelwright.core.db.group_commit import GroupCommit
from modelwright.core.db.sqlite import SqliteDriver
from modelwright.core.db.tx import ReadTx, WriteTx

T = TypeVar("T")

_READERS: Final = 4


class Database(ABC):
    """Where everything but bytes is kept. Safe to share between threads and event loops.

    A function given to `write` may run again after a deadlock: it has no effect but on its transaction. Its result
    is handed on only after the commit, so that what is acknowledged is on the disk.
    """

    name: str

    @abstractmethod
    async def read(self, fn: Callable[[ReadTx], T]) -> T:
        """Run `fn` on one snapshot, in a thread."""

    async def glance(self, fn: Callable[[ReadTx], T]) -> T:
        """As `read`, for a row or two that are found by their key, and no more.

        Where that takes less than asking a thread to do it, it is done at once, while the event loop waits.
        """
        return await self.read(fn)

    @abstractmethod
    async def write(self, fn: Callable[[WriteTx], T]) -> T:
        """Run `fn` in a transaction of its own, and commit. Raises what `fn` raises, with nothing changed."""

    @abstractmethod
    def read_now(self, fn: Callable[[ReadTx], T]) -> T:
        """As `read`, from a plain thread; blocks."""

    @abstractmethod
    def write_now(self, fn: Callable[[WriteTx], T]) -> T:
        """As `write`, from a plain thread; blocks."""

    @abstractmethod
    def close(self) -> None:
        """Finish what was begun and let go of the connections."""


class SqliteDatabase(Database):
    """One file. Only one of these may be open on it for writing (see `core.home`)."""

    name = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = SqliteDriver(path)
        self._writer = GroupCommit(self._writing)
        self._local = threading.local()
        self._opened: list[SqliteDriver] = []
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="reader")

    async def read(self, fn: Callable[[ReadTx], T]) -> T:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, context.run, self.read_now, fn)

    async def glance(self, fn: Callable[[ReadTx], T]) -> T:
        return self.read_now(fn)

    async def write(self, fn: Callable[[WriteTx], T]) -> T:
        result: T = await self._writer.submit(fn, asyncio.get_running_loop())
        return result

    def read_now(self, fn: Callable[[ReadTx], T]) -> T:
        driver = self._reader()
        driver.say("BEGIN")
        try:
            return fn(ReadTx(driver))
        finally:
            driver.say("COMMIT")

    def write_now(self, fn: Callable[[WriteTx], T]) -> T:
        result: T = self._writer.submit(fn, None).result()
        return result

    def close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        for driver in (*self._opened, self._writing):
            driver.close()

    def _reader(self) -> SqliteDriver:
        driver: SqliteDriver | None = getattr(self._local, "driver", None)
        if driver is None:
            driver = self._local.driver = SqliteDriver(self._path, read_only=True)
            self._opened.append(driver)
        return driver


class ThreadedDatabase(Database):
    """A server database: each thread has a connection of its own, each write a transaction of its own."""

    def __init__(self, name: str, connect: Callable[[], Any], *, threads: int) -> None:
        self.name = name
        self._connect = connect
        self._local = threading.local()
        self._opened: list[Any] = []
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def read(self, fn: Callable[[ReadTx], T]) -> T:
        return await self._in_thread(self.read_now, fn)

    async def write(self, fn: Callable[[WriteTx], T]) -> T:
        return await self._in_thread(self.write_now, fn)

    def read_now(self, fn: Callable[[ReadTx], T]) -> T:
        result: T = self._session().read(fn)
        return result

    def write_now(self, fn: Callable[[WriteTx], T]) -> T:
        result: T = self._session().write(fn)
        return result

    def close(self) -> None:
        self._threads.shutdown()
        for session in self._opened:
            session.close()

    async def _in_thread(self, run: Callable[[Any], T], fn: Callable[[Any], T]) -> T:
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, context.run, run, fn)

    def _session(self) -> Any:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._connect()
            self._opened.append(session)
        return session
