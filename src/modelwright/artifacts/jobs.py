"""Work of the room that goes on beside the server: taking what nobody names."""

import itertools
import logging
import threading
from typing import Final

import msgspec

from modelwright.artifacts import store
from modelwright.artifacts.blobs import Blobs
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx

PATIENCE_MS: Final = 3_600_000
"""How long bytes stay that nobody names. Far longer than any upload waits between placing its bytes and naming them."""

_UPLOAD_PATIENCE_MS: Final = 7 * 24 * 3_600_000
_FIRST_S: Final = 60.0
_PAUSE_S: Final = 3600.0
_LAST_S: Final = 5.0  # the longest that a stopping server waits for a sweep; one that is cut off harms nothing
_PAGE: Final = 500

_log = logging.getLogger(__name__)


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep took: blobs that nobody named, uploads that nobody went on with, files of dead processes."""

    blobs: int
    uploads: int
    spools: int


def sweep(db: Database, blobs: Blobs, *, at_ms: int) -> Swept:
    """Take what nobody has named or touched for long, as seen at `at_ms`. Blocks.

    Safe beside uploads and other sweeps, also of other servers. A blob goes inside the transaction that finds its row
    unnamed and drops it: whoever names the same bytes meanwhile waits for that row, and then looks whether the bytes
    are still there (`Uploads`).
    """
    _adopt_strangers(db, blobs, at_ms)
    return Swept(
        blobs=_sweep_blobs(db, blobs, at_ms - PATIENCE_MS),
        uploads=_sweep_uploads(db, blobs, at_ms - _UPLOAD_PATIENCE_MS),
        spools=blobs.sweep_spools(at_ms - _UPLOAD_PATIENCE_MS),
    )


class Sweeper:
    """A thread that sweeps soon after its start, then every hour, until it is closed."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        self._db: Final = db
        self._blobs: Final = blobs
        self._stop: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_S)

    def _run(self) -> None:
        pause_s = _FIRST_S
        while not self._stop.wait(pause_s):
            pause_s = _PAUSE_S
            try:
                swept = sweep(self._db, self._blobs, at_ms=now_ms())
            except Exception:  # noqa: BLE001 - the thread's edge: a storage that is away for a while must not end it
                _log.exception("sweep failed")
            else:
                _log.info("swept", extra=msgspec.structs.asdict(swept))


def _sweep_blobs(db: Database, blobs: Blobs, before_ms: int) -> int:
    taken, after = 0, ""
    while True:
        page = db.read_now(lambda tx: store.unnamed_blobs(tx, before_ms=before_ms, after=after, limit=_PAGE))  # noqa: B023 - used at once
        for digest in page:
            taken += db.write_now(lambda tx: _take(tx, blobs, digest, before_ms))  # noqa: B023 - used at once
        if len(page) < _PAGE:
            return taken
        after = page[-1]


def _take(tx: WriteTx, blobs: Blobs, digest: str, before_ms: int) -> bool:
    if not store.let_go(tx, digest, before_ms):
        return False
    blobs.delete(digest)
    return True


def _adopt_strangers(db: Database, blobs: Blobs, at_ms: int) -> None:
    """Give a row to bytes that have none, of uploads that ended before they were named; a later sweep takes them."""
    old = (stored for stored in blobs.scan() if stored.modified_ms < at_ms - PATIENCE_MS)
    while page := {stored.digest: stored.size for stored in itertools.islice(old, _PAGE)}:
        known = db.read_now(lambda tx: store.known_blobs(tx, list(page)))
        for digest in page.keys() - known:
            db.write_now(lambda tx: store.keep_blob(tx, digest, page[digest], at_ms))  # noqa: B023 - used at once


def _sweep_uploads(db: Database, blobs: Blobs, before_ms: int) -> int:
    forgotten = db.read_now(lambda tx: store.uploads_before(tx, before_ms))
    for id_ in forgotten:
        db.write_now(lambda tx: store.drop_upload(tx, id_))  # noqa: B023 - used at once
    found = iter(list(blobs.uploads()))
    while page := list(itertools.islice(found, _PAGE)):
        known = db.read_now(lambda tx: store.known_uploads(tx, page))
        for id_ in set(page) - known:  # an upload has its row before its first part
            blobs.drop_parts(id_)
    return len(forgotten)
