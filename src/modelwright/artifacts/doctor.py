"""Is every file still what was stored? Reads all bytes and changes nothing; safe beside a live server."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec

from modelwright.artifacts import store
from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.jobs import PATIENCE_MS
from modelwright.artifacts.model import digest_of
from modelwright.core.db.database import Database
from modelwright.core.errors import NotFound

Kind = Literal["missing", "damaged", "unkept", "orphan", "stray"]

_PAGE: Final = 500
_SHOWN: Final = 20
_BROKEN: Final = frozenset({"missing", "damaged", "unkept"})


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it should be.

    `missing` and `damaged` bytes are lost unless a backup, or whoever made the files named in `files`, has them:
    sending a file again mends a missing one. `unkept` bytes are named by a file and have no row that keeps them.
    `orphan` bytes are named by nothing, `stray` things are no blobs: they waste space and harm nothing.
    """

    kind: Kind
    what: str
    files: list[str]

    @property
    def is_broken(self) -> bool:
        return self.kind in _BROKEN


def total_bytes(db: Database) -> int:
    """How much `examine` will read, at most."""
    return db.read_now(store.blob_totals)[1]


def examine(db: Database, blobs: Blobs, *, at_ms: int, read: Callable[[int], None]) -> Iterator[Finding]:
    """Everything that is not as it should be. Calls `read` with the number of bytes after each blob."""
    yield from _blobs_with_rows(db, blobs, read)
    for digest in db.read_now(store.named_without_row):
        yield Finding("unkept", digest, _files(db, digest))
    yield from _orphans(db, blobs, at_ms - PATIENCE_MS)
    for name in blobs.strays():
        yield Finding("stray", name, [])


def _blobs_with_rows(db: Database, blobs: Blobs, read: Callable[[int], None]) -> Iterator[Finding]:
    after = ""
    while page := _rows_after(db, after):
        for digest, size, named in page:
            wrong = _wrong(blobs, digest) if named else None
            # It may have been removed and swept since the page was read.
            if wrong is not None and (files := _files(db, digest)):
                yield Finding(wrong, digest, files)
            read(size)
        after = page[-1][0]


def _rows_after(db: Database, after: str) -> list[tuple[str, int, bool]]:
    return db.read_now(lambda tx: store.blob_rows(tx, after=after, limit=_PAGE))


def _wrong(blobs: Blobs, digest: str) -> Literal["missing", "damaged"] | None:
    sha256 = hashlib.sha256()
    try:
        for chunk in blobs.read(digest):
            sha256.update(chunk)
    except NotFound:
        return "missing"
    except OSError:  # the disk cannot read it back
        return "damaged"
    return None if digest_of(sha256) == digest else "damaged"


def _orphans(db: Database, blobs: Blobs, before_ms: int) -> Iterator[Finding]:
    """Bytes without a row that are too old to be of an upload on its way."""
    old = (stored.digest for stored in blobs.scan() if stored.modified_ms < before_ms)
    while page := list(itertools.islice(old, _PAGE)):
        known = _known(db, page)
        yield from (Finding("orphan", digest, []) for digest in page if digest not in known)


def _known(db: Database, digests: list[str]) -> set[str]:
    return db.read_now(lambda tx: store.known_blobs(tx, digests))


def _files(db: Database, digest: str) -> list[str]:
    return db.read_now(lambda tx: store.where_named(tx, digest, limit=_SHOWN))
