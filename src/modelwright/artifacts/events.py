"""What happens to artifacts, as facts."""

from typing import ClassVar

from modelwright.core.events import Event


class FileStored(Event, frozen=True, tag="artifacts.file.stored"):
    """A file of an owner has new bytes; `before` is the digest it had, None for a new file.

    `size` is in bytes; `forced` says whether a hold was passed over.
    """

    SUBJECT: ClassVar[str] = "{owner}"
    owner: str
    path: str
    digest: str
    size: int
    before: str | None
    forced: bool


class FilesRemoved(Event, frozen=True, tag="artifacts.files.removed"):
    """The file or folder `path` of an owner is gone: `files` files of `size` bytes; `forced` past a hold or not."""

    SUBJECT: ClassVar[str] = "{owner}"
    owner: str
    path: str
    files: int
    size: int
    forced: bool


class HoldTaken(Event, frozen=True, tag="artifacts.hold.taken"):
    """`holder` relies on the owner's files below `prefix`; `digest` is that of their manifest."""

    SUBJECT: ClassVar[str] = "{owner}"
    owner: str
    prefix: str
    holder: str
    digest: str


class HoldReleased(Event, frozen=True, tag="artifacts.hold.released"):
    """`holder` no longer relies on the owner's files."""

    SUBJECT: ClassVar[str] = "{owner}"
    owner: str
    holder: str
