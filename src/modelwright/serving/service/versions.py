"""Which bytes a version stands for: the one thing that serving must know of those who keep versions."""

from typing import Protocol

import msgspec

from modelwright.core.db.tx import ReadTx
from modelwright.serving.model import FileRef, VersionRef


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A version and its files; `manifest` is the digest that stands for all of them."""

    ref: VersionRef
    manifest: str
    files: tuple[FileRef, ...]


class Versions(Protocol):
    """Answered by the registry; `app.py` passes it in."""

    def find(self, tx: ReadTx, said: str) -> Found:
        """The version that `said` names: `fraud:17`, `fraud@champion`.

        Raises BadInput for text that names none, NotFound when there is no such version, and Conflict when it has no
        files that could be served.
        """
