"""Encoded runs, kept by (number, revision).

A run is read far more often than it changes, and encoding one takes longer than looking it up. Whoever reads a run
asks the database for its number and revision first, so that what comes from here is never older than the
transaction it is read in, whichever server wrote last.
"""

import threading
from collections import OrderedDict
from typing import Final

_LIMIT_BYTES: Final = 48 * 1024 * 1024
_OVERHEAD_BYTES: Final = 300  # the entry itself, its numbers and its place in the order
_SMALLEST_SHARE: Final = 16  # a run larger than this part of the limit is not kept


class RunCache:
    """The most recently used runs, as JSON, up to a number of bytes. Safe to share between threads."""

    def __init__(self, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._entries: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, pk: int, revision: int) -> bytes | None:
        """The run as it is at this revision; None when that is not here."""
        with self._lock:
            entry = self._entries.get(pk)
            if entry is None or entry[0] != revision:
                return None
            self._entries.move_to_end(pk)
            return entry[1]

    def put(self, pk: int, revision: int, encoded: bytes) -> None:
        """Keep a run, unless a newer revision of it is here already."""
        if len(encoded) * _SMALLEST_SHARE > self._limit:
            return
        with self._lock:
            entry = self._entries.get(pk)
            if entry is not None:
                if entry[0] > revision:
                    return
                self._size -= len(entry[1]) + _OVERHEAD_BYTES
            self._entries[pk] = (revision, encoded)
            self._entries.move_to_end(pk)
            self._size += len(encoded) + _OVERHEAD_BYTES
            while self._size > self._limit:
                _, (_, oldest) = self._entries.popitem(last=False)
                self._size -= len(oldest) + _OVERHEAD_BYTES

    @property
    def size_bytes(self) -> int:
        return self._size
