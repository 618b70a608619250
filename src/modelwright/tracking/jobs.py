"""Work of the room that goes on beside the server."""

import contextlib
import logging
import threading
import time
from typing import Final

import msgspec

from modelwright.core.db.database import Database
from modelwright.core.db.space import shrink
from modelwright.core.errors import Conflict
from modelwright.tracking.service.compaction import compact
from modelwright.tracking.store import series as store

_PAUSE_S: Final = 2.0
_QUIET_S: Final = 10.0
_LOOK_AT_ALL_S: Final = 3600.0

_AT_ONCE: Final = 128
"""Small series that share a transaction; it keeps the writer for some 20 ms."""
_RESTS: Final = (7, 31)
"""An eighth of the interpreter while it is wanted, which compresses some 30,000 points a second; and a 32nd while
there is hardly any left, so that requests come first."""
_SERVING: Final = (0.25, 0.75)
"""The shares of a core from which on somebody is being served, and from which on there is hardly any left."""

_MANY: Final = (256, 4096)
"""Chunks, or points in them, that make a series due at once."""
_SOME: Final = (8, 64)
"""The same for a series that nobody has written to for a while."""

_log = logging.getLogger(__name__)


class Backlog(msgspec.Struct):
    """What is raw of a series: chunks, points in them, and when the latest was seen (monotonic seconds)."""

    chunks: int
    points: int
    seen_s: float

    def reaches(self, bounds: tuple[int, int]) -> bool:
        return self.chunks >= bounds[0] or self.points >= bounds[1]


class Compactor:
    """A thread that compresses series until it is closed.

    Writers tell it nothing, for that would cost them. It looks every few seconds at the chunks that are new, which
    are the last rows of their table, and now and then at all of them.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._backlogs: dict[int, Backlog] = {}
        self._newest: int | None = None
        self._looked_at_all_s = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="compactor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def run_once(self, now_s: float, *, quiet_s: float = _QUIET_S) -> int:
        """Look, and compress every series that is due; how many times one was compressed."""
        self._look(now_s)
        return self._compress(self._due(now_s, quiet_s))

    def _look(self, now_s: float) -> None:
        newest = self._db.read_now(store.newest_chunk)
        after = self._newest
        if after is None or newest < after or now_s - self._looked_at_all_s > _LOOK_AT_ALL_S:
            # Nothing is known yet; or numbers were given out again after the newest chunks were deleted for good;
            # or a transaction on PostgreSQL was so slow that its chunks appeared below newer ones.
            self._backlogs.clear()
            self._looked_at_all_s = now_s
            found = self._db.read_now(lambda tx: store.raw_of_all(tx, *_SOME))
        else:
            found = self._db.read_now(lambda tx: store.raw_since(tx, after))
        self._newest = newest
        for series_pk, chunks, points in found:
            backlog = self._backlogs.setdefault(series_pk, Backlog(0, 0, now_s))
            backlog.chunks += chunks
            backlog.points += points
            backlog.seen_s = now_s

    def _due(self, now_s: float, quiet_s: float) -> list[int]:
        due = [series_pk for series_pk, backlog in self._backlogs.items() if backlog.reaches(_MANY)]
        for series_pk, backlog in list(self._backlogs.items()):
            if now_s - backlog.seen_s < quiet_s:
                continue
            if not backlog.reaches(_SOME):
                del self._backlogs[series_pk]
            elif not backlog.reaches(_MANY):
                due.append(series_pk)
        return due

    def _compress(self, due: list[int]) -> int:
        for series_pk in due:
            self._backlogs.pop(series_pk, None)
        times = 0
        with contextlib.suppress(Conflict):  # another server is at it
            while due and not self._stop.is_set():
                begun = time.perf_counter()
                done = compact(self._db, due[:_AT_ONCE])
                times += done.compressed
                due = done.left + due[done.seen :]
                self._rest(time.perf_counter() - begun)
        return times

    def _rest(self, worked_s: float) -> None:
        """As often as `rested` asks for, as long as was worked."""
        rests, share = 0, 1.0
        while not rested(rests, share):
            used_s = time.process_time()
            if self._stop.wait(worked_s):
                return
            share = (time.process_time() - used_s) / worked_s
            rests += 1

    def _shrink(self) -> None:
        """Raw chunks that went leave a quarter of a file free, or more."""
        begun = time.perf_counter()
        while not self._stop.is_set() and shrink(self._db):
            self._stop.wait(time.perf_counter() - begun)
            begun = time.perf_counter()

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE_S):
            try:
                self.run_once(time.monotonic())
                self._shrink()
            except Exception:  # noqa: BLE001 - the edge of a thread: a database that is away must not end it
                _log.warning("compaction failed; it will be tried again", exc_info=True)
                self._newest = None


def rested(rests: int, share: float) -> bool:
    """Whether that many rests suffice, when the process took that share of a core in the last of them."""
    serving, full = _SERVING
    if share < serving:
        return rests > 0
    return rests >= _RESTS[share >= full]
