"""Blobs in an object store: S3 and what speaks like it, Google Cloud Storage, Azure; memory for tests.

    sha256/ab/cdef...           a blob, under the store's prefix
    parts/<upload>/<n>/<crc32>  a part of an upload in parts

An upload is collected in a local file first: the key is the digest, which is known only at the end, and copying
inside a store stops at 5 GB on S3. The store makes a put visible at once or not at all.
"""

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from modelwright.artifacts.blobs import CHUNK, Buffer, Part, PartSpool, Placed, Spool, Stored
from modelwright.artifacts.model import hex_of
from modelwright.artifacts.spooling import SpoolFile, checked_part, sweep
from modelwright.core.errors import BadInput, NotFound, Unavailable

_BLOB: Final = re.compile(r"sha256/([0-9a-f]{2})/([0-9a-f]{62})\Z")
_UPLOAD: Final = re.compile(r"[0-9a-f]{32}\Z")
_PART: Final = re.compile(r"([1-9][0-9]{0,4})/([0-9a-f]{8})\Z")
_ONE_PUT: Final = 8 * CHUNK  # bytes; larger files go up in parts of that size, several at a time


def open_objects(url: str, incoming: Path) -> "ObjectBlobs":
    """The blobs in the object store at `url`; see `backends.open_blobs`. Raises BadInput when it cannot be opened."""
    try:
        return ObjectBlobs(from_url(url), incoming)
    except (BaseError, ValueError) as error:
        parts = urlsplit(url)
        raise BadInput(f"the {parts.scheme} store {parts.hostname!r} cannot be opened: {error}") from error


class ObjectBlobs:
    """`Blobs` in `store`, with uploads collected in the local folder `incoming`."""

    def __init__(self, store: ObjectStore, incoming: Path) -> None:
        self._store: Final = store
        self._incoming: Final = incoming
        incoming.mkdir(parents=True, exist_ok=True)

    def spool(self) -> Spool:
        return _ObjectSpool(self._store, self._incoming)

    def spool_part(self, upload: str, number: int) -> PartSpool:
        return _ObjectPartSpool(self._store, self._incoming, _folder(upload), number)

    def size(self, digest: str) -> int:
        size = _size(self._store, _key(digest))
        if size is None:
            raise _not_held(digest)
        return size

    def read(self, digest: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        stop = self.size(digest) if end is None else end
        if stop <= start:
            return
        try:
            with _store_asked():
                stream = obstore.get(self._store, _key(digest), options={"range": (start, stop)})
                for chunk in stream.stream(min_chunk_size=CHUNK):
                    yield from _cut(chunk)
        except FileNotFoundError:
            raise _not_held(digest) from None

    def delete(self, digest: str) -> bool:
        key = _key(digest)
        if _size(self._store, key) is None:
            return False
        _delete(self._store, [key])
        return True

    def scan(self) -> Iterator[Stored]:
        for key, size, modified in _listed(self._store, "sha256/"):
            named = _BLOB.match(key)
            if named is not None:
                yield Stored(f"sha256:{named[1]}{named[2]}", size, int(modified.timestamp() * 1000))

    def strays(self) -> Iterator[str]:
        for key, _, _ in _listed(self._store, "sha256/"):
            if _BLOB.match(key) is None:
                yield key

    def uploads(self) -> Iterator[str]:
        keys = (key.split("/") for key, _, _ in _listed(self._store, "parts/"))
        yield from {segments[1] for segments in keys if _UPLOAD.match(segments[1])}

    def parts(self, upload: str) -> list[Part]:
        folder = _folder(upload)
        found = ((_PART.match(key[len(folder) :]), size) for key, size, _ in _listed(self._store, folder))
        parts = {int(named[1]): Part(int(named[1]), size, named[2]) for named, size in found if named is not None}
        return [parts[number] for number in sorted(parts)]

    def read_part(self, upload: str, part: Part) -> Iterator[bytes]:
        return checked_part(self._chunks(f"{_folder(upload)}{part.number}/{part.check}"), part)

    def drop_parts(self, upload: str) -> None:
        keys = [key for key, _, _ in _listed(self._store, _folder(upload))]
        _delete(self._store, keys)

    def sweep_spools(self, older_than_ms: int) -> int:
        return sweep(self._incoming, older_than_ms)

    def _chunks(self, key: str) -> Iterator[bytes]:
        with _store_asked():
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
                yield from _cut(chunk)


class _ObjectSpool:
    def __init__(self, store: ObjectStore, incoming: Path) -> None:
        self._store: Final = store
        self._file: Final = SpoolFile(incoming, hashed=True)

    def write(self, chunk: Buffer) -> None:
        self._file.write(chunk)

    def place(self) -> Placed:
        placed = Placed(self._file.digest, self._file.size)
        key = _key(placed.digest)
        if _size(self._store, key) != placed.size:
            _put(self._store, key, self._file.path)
        return placed

    def close(self) -> None:
        self._file.close()


class _ObjectPartSpool:
    def __init__(self, store: ObjectStore, incoming: Path, folder: str, number: int) -> None:
        self._store: Final = store
        self._file: Final = SpoolFile(incoming, hashed=False)
        self._folder: Final = folder
        self._number: Final = number

    def write(self, chunk: Buffer) -> None:
        self._file.write(chunk)

    def keep(self) -> Part:
        part = Part(self._number, self._file.size, self._file.check)
        number = f"{self._folder}{part.number}/"
        earlier = [key for key, _, _ in _listed(self._store, number)]
        _put(self._store, number + part.check, self._file.path)
        _delete(self._store, [key for key in earlier if key != number + part.check])
        return part

    def close(self) -> None:
        self._file.close()


@contextlib.contextmanager
def _store_asked() -> Iterator[None]:
    """Turn what the object store answers into our own errors. Its words go to the log only: they may hold URLs."""
    try:
        yield
    except (BaseError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise Unavailable("the object store that holds the artifacts does not answer as it should") from error


def _listed(store: ObjectStore, prefix: str) -> Iterator[tuple[str, int, datetime]]:
    with _store_asked():
        for page in obstore.list(store, prefix, chunk_size=1000):
            for item in page:
                yield item["path"], item["size"], item["last_modified"]


def _put(store: ObjectStore, key: str, file: Path) -> None:
    with _store_asked():
        obstore.put(store, key, file, use_multipart=file.stat().st_size > _ONE_PUT, chunk_size=_ONE_PUT)


def _delete(store: ObjectStore, keys: list[str]) -> None:
    with _store_asked(), contextlib.suppress(FileNotFoundError):
        obstore.delete(store, keys)


def _size(store: ObjectStore, key: str) -> int | None:
    try:
        with _store_asked():
            return obstore.head(store, key)["size"]
    except FileNotFoundError:
        return None


def _cut(chunk: Buffer | obstore.Bytes) -> Iterator[bytes]:
    view = memoryview(chunk)
    for start in range(0, len(view), CHUNK):
        yield bytes(view[start : start + CHUNK])


def _key(digest: str) -> str:
    digits = hex_of(digest)
    return f"sha256/{digits[:2]}/{digits[2:]}"


def _folder(upload: str) -> str:
    if _UPLOAD.match(upload) is None:
        raise BadInput(f"not an upload's id: {upload!r}; one has 32 hexadecimal digits", upload=upload)
    return f"parts/{upload}/"


def _not_held(digest: str) -> NotFound:
    return NotFound(f"no blob {digest} is held", digest=digest)
