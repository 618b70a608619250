"""One node at a time over a node's folder; the operating system lets go of it when the node ends, however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from modelwright.core.errors import BadInput, Conflict

_NAME = "node.lock"


class NodeLock:
    """Held while a node runs over `home`, which is made if need be.

    Raises Conflict when one does already, with its process id, and BadInput for a folder that cannot be written.
    """

    def __init__(self, home: Path) -> None:
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(home / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise BadInput(
                f"{home} cannot be a node's home: {error.strerror}; give it a --home that it may write to"
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise Conflict(
                f"process {_said(home / _NAME)} is a node over {home} already; stop it, or give this one a --home"
            ) from None
        os.ftruncate(self._descriptor, 0)
        with contextlib.suppress(OSError):  # a full disk: the lock holds, and only its words are missing
            os.write(self._descriptor, str(os.getpid()).encode())

    def close(self) -> None:
        os.close(self._descriptor)


def holder(home: Path) -> int | None:
    """The process id of the node that runs over `home`; None when none does."""
    try:
        descriptor = os.open(home / _NAME, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _said(home / _NAME)
    finally:
        os.close(descriptor)
    return None


def _said(path: Path) -> int | None:
    said = path.read_bytes()
    return int(said) if said.isdigit() else None
