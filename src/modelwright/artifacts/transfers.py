"""The room as others use it: its blobs, the ways in and out, and who owns files."""

from typing import Final

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from modelwright.artifacts.asgi import Threads
from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.downloads import Downloads
from modelwright.artifacts.service import Owners
from modelwright.artifacts.uploads import Uploads
from modelwright.core.db.database import Database


class Transfers:
    """Made once by `app.py`; `close` ends its threads."""

    def __init__(self, db: Database, blobs: Blobs, owners: Owners) -> None:
        self.blobs: Final = blobs
        self.owners: Final = owners
        self._threads: Final = Threads()
        self.uploads: Final = Uploads(db, blobs, owners, self._threads)
        self.downloads: Final = Downloads(blobs, self._threads)

    def close(self) -> None:
        self._threads.close()


Files = NamedDependency[SkipValidation[Transfers]]
"""What a route writes to be given the room's Transfers, as `files`."""
