"""The home folder of a server, and the lock that keeps a second server off it."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec

from modelwright.core.errors import BadInput, Conflict
from modelwright.core.settings import Settings


class Holder(msgspec.Struct, frozen=True):
    """The server that has the folder."""

    pid: int
    address: str
    since_ms: int


@contextlib.contextmanager
def hold(settings: Settings, address: str, since_ms: int) -> Iterator[None]:
    """Keep the home folder of `settings` for this process while the block runs. Raises Conflict, saying who has it."""
    lock = HomeLock(settings.home_path, Holder(pid=os.getpid(), address=address, since_ms=since_ms))
    try:
        yield
    finally:
        lock.close()


class HomeLock:
    """Held by the one server (or offline command) that may write a home folder; let go when the process ends.

    An advisory lock of the operating system on `<home>/server.lock`: it needs no clean-up after kill -9.
    """

    def __init__(self, home: Path, holder: Holder) -> None:
        """Raises Conflict, saying who holds the folder, and BadInput for one that cannot be written."""
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._file = _locked(home / "server.lock")
        except OSError as error:
            raise BadInput(f"cannot write in the folder {home}: {error.strerror}; choose another --home") from error
        self._file.seek(0)
        self._file.truncate()
        self._file.write(msgspec.json.encode(holder))
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _locked(path: Path) -> IO[bytes]:
    # Opened without truncation: until the lock is ours, the file tells of its holder.
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        said = file.read()
        file.close()
        raise Conflict(_held(path, said)) from None
    return file


def _held(path: Path, said: bytes) -> str:
    try:
        holder = msgspec.json.decode(said, type=Holder)
        who = f"process {holder.pid} at {holder.address}"
    except msgspec.MsgspecError:
        who = "another process"
    return (
        f"the folder {path.parent} is in use by {who}; stop that server, or give this one a --home of its own "
        "(several servers can share one PostgreSQL)"
    )
