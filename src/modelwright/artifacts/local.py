"""Blobs in a folder.

    <root>/sha256/ab/cdef...           a blob: two, then the other 62 hexadecimal digits of its digest
    <root>/incoming/<random>           an upload on its way; becomes a blob by a hard link, so never half of one
    <root>/parts/<upload>/<n>/<crc32>  a part of an upload in parts

Only names made of digits that we computed are ever joined to the root, and a symbolic link in place of one of them
counts as absent: nothing outside of the folder can be reached.
"""

import contextlib
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from modelwright.artifacts.blobs import CHUNK, Buffer, Part, PartSpool, Placed, Spool, Stored
from modelwright.artifacts.model import hex_of
from modelwright.artifacts.spooling import SpoolFile, asking_room, checked_part, sweep
from modelwright.core.errors import BadInput, Internal, NotFound

_READ: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_PIECE: Final = CHUNK // 4  # on the way out: a connection holds several, however long its client reads nothing
_SHARD: Final = re.compile(r"[0-9a-f]{2}\Z")
_REST: Final = re.compile(r"[0-9a-f]{62}\Z")
_UPLOAD: Final = re.compile(r"[0-9a-f]{32}\Z")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}\Z")
_CHECK: Final = re.compile(r"[0-9a-f]{8}\Z")


class LocalBlobs:
    """`Blobs` in the folder `root`, which is made when missing."""

    def __init__(self, root: Path) -> None:
        self._blobs: Final = root / "sha256"
        self._incoming: Final = root / "incoming"
        self._parts: Final = root / "parts"
        for folder in (self._blobs, self._incoming, self._parts):
            folder.mkdir(parents=True, exist_ok=True)
            _refuse_link(folder)

    def spool(self) -> Spool:
        return _LocalSpool(self._incoming, self._blobs)

    def spool_part(self, upload: str, number: int) -> PartSpool:
        return _LocalPartSpool(self._incoming, self._upload(upload), number)

    def size(self, digest: str) -> int:
        found = _lstat(self._file(digest))
        if found is None or not stat.S_ISREG(found.st_mode):
            raise _not_held(digest)
        return found.st_size

    def read(self, digest: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        try:
            descriptor = os.open(self._file(digest), _READ)
        except OSError as error:
            raise _not_held(digest) from error
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            file.seek(start)
            left = (os.fstat(descriptor).st_size if end is None else end) - start
            while left > 0 and (chunk := file.read(min(left, _PIECE))):
                left -= len(chunk)
                yield chunk

    def delete(self, digest: str) -> bool:
        try:
            self._file(digest).unlink()
        except FileNotFoundError:
            return False
        return True

    def scan(self) -> Iterator[Stored]:
        for shard in _folders(self._blobs, _SHARD):
            for item in os.scandir(shard):
                if _REST.match(item.name) is None or not item.is_file(follow_symlinks=False):
                    continue
                with contextlib.suppress(FileNotFoundError):
                    found = item.stat(follow_symlinks=False)
                    digest = f"sha256:{shard.name}{item.name}"
                    yield Stored(digest, found.st_size, found.st_mtime_ns // 1_000_000)

    def strays(self) -> Iterator[str]:
        for shard in os.scandir(self._blobs):
            if _SHARD.match(shard.name) is None or not shard.is_dir(follow_symlinks=False):
                yield f"sha256/{shard.name}"
                continue
            for item in os.scandir(shard.path):
                if _REST.match(item.name) is None or not item.is_file(follow_symlinks=False):
                    yield f"sha256/{shard.name}/{item.name}"

    def uploads(self) -> Iterator[str]:
        yield from (folder.name for folder in _folders(self._parts, _UPLOAD))

    def parts(self, upload: str) -> list[Part]:
        folder = self._upload(upload)
        found: list[Part] = []
        with contextlib.suppress(FileNotFoundError):  # nothing has come yet, or the upload is being given up
            for number in _folders(folder, _NUMBER):
                found += _parts(number)
        return sorted(found, key=lambda part: part.number)

    def read_part(self, upload: str, part: Part) -> Iterator[bytes]:
        file = self._upload(upload) / str(part.number) / part.check
        return checked_part(_chunks(file), part)

    def drop_parts(self, upload: str) -> None:
        shutil.rmtree(self._upload(upload), ignore_errors=True)

    def sweep_spools(self, older_than_ms: int) -> int:
        return sweep(self._incoming, older_than_ms)

    def _file(self, digest: str) -> Path:
        digits = hex_of(digest)
        shard = self._blobs / digits[:2]
        if shard.is_symlink():
            raise _not_held(digest)
        return shard / digits[2:]

    def _upload(self, upload: str) -> Path:
        if _UPLOAD.match(upload) is None:
            raise BadInput(f"not an upload's id: {upload!r}; one has 32 hexadecimal digits", upload=upload)
        folder = self._parts / upload
        _refuse_link(folder)
        return folder


class _LocalSpool:
    def __init__(self, incoming: Path, blobs: Path) -> None:
        self._file: Final = SpoolFile(incoming, hashed=True)
        self._blobs: Final = blobs

    def write(self, chunk: Buffer) -> None:
        self._file.write(chunk)

    def place(self) -> Placed:
        placed = Placed(self._file.digest, self._file.size)
        digits = hex_of(placed.digest)
        shard = self._blobs / digits[:2]
        with asking_room():
            if not shard.is_dir():
                shard.mkdir(exist_ok=True)
                _sync_folder(self._blobs)
            _refuse_link(shard)
            target = shard / digits[2:]
            held = _lstat(target)
            if held is None or not stat.S_ISREG(held.st_mode) or held.st_size != placed.size:
                self._file.sync()
                self._link(target)
            # Also when somebody else's link is there: it may not be durable yet, and we are about to rely on it.
            _sync_folder(shard)
        return placed

    def close(self) -> None:
        self._file.close()

    def _link(self, target: Path) -> None:
        """Give the file its name as a blob; what stood there was damaged and makes way."""
        named = self._file.path.with_suffix(".named")
        try:
            os.link(self._file.path, named)
        except OSError:  # a file system without hard links: pay for a copy
            _copy(self._file.path, named)
        named.replace(target)


class _LocalPartSpool:
    def __init__(self, incoming: Path, folder: Path, number: int) -> None:
        self._file: Final = SpoolFile(incoming, hashed=False)
        self._folder: Final = folder
        self._number: Final = number

    def write(self, chunk: Buffer) -> None:
        self._file.write(chunk)

    def keep(self) -> Part:
        part = Part(self._number, self._file.size, self._file.check)
        number = self._folder / str(part.number)
        try:
            with asking_room():
                number.mkdir(parents=True, exist_ok=True)
                earlier = [file for file in number.iterdir() if file.name != part.check]
                self._file.path.replace(number / part.check)
        except FileNotFoundError:
            raise NotFound(f"the upload was given up while part {part.number} came", part=part.number) from None
        for file in earlier:
            file.unlink(missing_ok=True)
        return part

    def close(self) -> None:
        self._file.close()


def _chunks(file: Path) -> Iterator[bytes]:
    with os.fdopen(os.open(file, _READ), "rb", buffering=0) as opened:
        while chunk := opened.read(CHUNK):
            yield chunk


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as incoming, target.open("xb") as outgoing:
        shutil.copyfileobj(incoming, outgoing, CHUNK)
        outgoing.flush()
        os.fsync(outgoing.fileno())


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _folders(root: Path, name: re.Pattern[str]) -> Iterator[os.DirEntry[str]]:
    for item in os.scandir(root):
        if name.match(item.name) is not None and item.is_dir(follow_symlinks=False):
            yield item


def _parts(folder: os.DirEntry[str]) -> Iterator[Part]:
    """What has come of one part; more than one file while one replaces the other."""
    for item in os.scandir(folder):
        if _CHECK.match(item.name) is not None and item.is_file(follow_symlinks=False):
            with contextlib.suppress(FileNotFoundError):  # it is being replaced
                yield Part(int(folder.name), item.stat(follow_symlinks=False).st_size, item.name)


def _refuse_link(folder: Path) -> None:
    if folder.is_symlink():
        raise Internal(f"{folder.name} in the blob folder is a symbolic link; links are not followed there")


def _sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable (POSIX asks for a folder's own fsync; Windows has none)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _not_held(digest: str) -> NotFound:
    return NotFound(f"no blob {digest} is held", digest=digest)
