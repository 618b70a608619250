"""The file that an upload is collected in, hashed while it is written."""

import contextlib
import errno
import hashlib
import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from modelwright.artifacts.blobs import Buffer, Damaged, Part
from modelwright.artifacts.model import digest_of
from modelwright.core.errors import Conflict, StorageFull

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NEW: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def asking_room() -> Iterator[None]:
    """Turn the operating system's "no space left" into StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(
                "the artifact storage is full; nothing of this upload is kept; free some space and send it again"
            ) from error
        raise


class SpoolFile:
    """A new file in `folder` under a name that nobody can guess. `hashed` says whether its digest is wanted.

    Parts of an upload are not: their bytes are hashed once more in order anyway, and SHA-256 is what costs time.
    """

    def __init__(self, folder: Path, *, hashed: bool) -> None:
        self.path: Final = folder / secrets.token_hex(16)
        self.size = 0
        self._sha256: Final = hashlib.sha256() if hashed else None
        self._crc32 = 0
        with asking_room():
            self._descriptor = os.open(self.path, _NEW, 0o600)

    def write(self, chunk: Buffer) -> None:
        view = memoryview(chunk)
        if self._sha256 is None:
            self._crc32 = zlib.crc32(view, self._crc32)
        else:
            self._sha256.update(view)
        with asking_room():
            written = os.write(self._descriptor, view)
            while written < len(view):  # a short write: the disk is full, which the next one says, or a signal came
                written += os.write(self._descriptor, view[written:])
        self.size += len(view)

    @property
    def digest(self) -> str:
        assert self._sha256 is not None  # noqa: S101 - asked of a part, which is our own mistake
        return digest_of(self._sha256)

    @property
    def check(self) -> str:
        return f"{self._crc32:08x}"

    def sync(self) -> None:
        """Return when the bytes would survive a power cut."""
        with asking_room():
            os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.path.unlink(missing_ok=True)


def sweep(folder: Path, older_than_ms: int) -> int:
    """Remove the spool files that nobody has written to since `older_than_ms`; the number of those removed."""
    removed = 0
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its owner has just closed it
            if file.stat(follow_symlinks=False).st_mtime * 1000 < older_than_ms:
                file.unlink()
                removed += 1
    return removed


def checked_part(chunks: Iterator[bytes], part: Part) -> Iterator[bytes]:
    """`chunks`, each one held back until the next is there, so that the last goes out only when all add up.

    Raises Conflict when the part is not there: it was listed before.
    """
    crc32, size, held = 0, 0, b""
    try:
        for chunk in chunks:
            if held:
                yield held
            crc32, size, held = zlib.crc32(chunk, crc32), size + len(chunk), chunk
    except FileNotFoundError:
        raise Conflict(
            f"part {part.number} was replaced, or the upload given up, while its parts were put together; ask again",
            part=part.number,
        ) from None
    if (f"{crc32:08x}", size) != (part.check, part.size):
        raise Damaged(f"part {part.number} of the upload is damaged; send it again", part=part.number)
    yield held
