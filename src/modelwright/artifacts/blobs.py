"""Bytes under their own SHA-256, wherever they are kept: the contract."""

from collections.abc import Iterator
from typing import Final, Protocol

import msgspec

from modelwright.core.errors import Internal

Buffer = bytes | bytearray | memoryview

CHUNK: Final = 1 << 20
"""Bytes handled at a time: small enough for constant memory, large enough that a thread hop costs nothing."""


class Damaged(Internal):
    """What is held is not what was stored; `modelwright doctor` tells how much of it is so."""

    code = "damaged"


class Placed(msgspec.Struct, frozen=True):
    """What became of an upload. `size` is in bytes."""

    digest: str
    size: int


class Stored(msgspec.Struct, frozen=True):
    """A blob as the storage knows it. `modified_ms` is when its bytes were put there."""

    digest: str
    size: int
    modified_ms: int


class Part(msgspec.Struct, frozen=True):
    """One piece of a file that is uploaded in pieces. `check` tells whether the bytes are still those that came."""

    number: int
    size: int
    check: str


class Spool(Protocol):
    """Bytes on their way in; nobody sees them before `place`. For one thread at a time."""

    def write(self, chunk: Buffer) -> None:
        """Take the next bytes. Raises StorageFull when there is no room; then only `close` is left to do."""

    def place(self) -> Placed:
        """Make the bytes a blob, durably, before returning; bytes already held are not written again.

        May be called again (should a sweep have taken the blob in between) until `close`.
        """

    def close(self) -> None:
        """Let go of what is not kept. Harmless when repeated; always to be called."""


class PartSpool(Protocol):
    """As `Spool`, for one numbered piece of a file."""

    def write(self, chunk: Buffer) -> None: ...

    def keep(self) -> Part:
        """Keep the bytes as the part, replacing an earlier one of its number.

        Raises NotFound when the upload is dropped at that moment.
        """

    def close(self) -> None: ...


class Blobs(Protocol):
    """Immutable bytes under their own SHA-256.

    Safe to share between threads and processes. A reader never sees half a blob. Digests are written `sha256:<hex>`;
    anything else raises BadInput. Everything here blocks: call it in a thread.
    """

    def spool(self) -> Spool: ...

    def spool_part(self, upload: str, number: int) -> PartSpool:
        """`upload` is 32 hexadecimal digits, `number` counts from 1."""

    def size(self, digest: str) -> int:
        """Bytes of a blob. Raises NotFound when it is not held."""

    def read(self, digest: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end`, in chunks of at most CHUNK; nothing is verified.

        Raises NotFound, at the first step at the latest, when the blob is not held.
        """

    def delete(self, digest: str) -> bool:
        """Whether there was such a blob. A reader in the middle of it may or may not get to its end."""

    def scan(self) -> Iterator[Stored]:
        """Every blob that is held, in no order; those that come or go meanwhile may or may not be among them."""

    def strays(self) -> Iterator[str]:
        """What lies among the blobs and is none: names that a person can look up in the storage."""

    def uploads(self) -> Iterator[str]:
        """The ids of uploads that have parts here, each once, in no order."""

    def parts(self, upload: str) -> list[Part]:
        """The parts kept so far, by number; empty for an unknown upload."""

    def read_part(self, upload: str, part: Part) -> Iterator[bytes]:
        """The part's bytes, checked: raises Damaged, before the last chunk, when they are not those that came.

        Raises Conflict when the part was replaced or dropped since it was listed.
        """

    def drop_parts(self, upload: str) -> None:
        """Forget an upload. Harmless when repeated."""

    def sweep_spools(self, older_than_ms: int) -> int:
        """Remove what dead processes left of uploads that never ended; the number of files removed."""
