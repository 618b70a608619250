"""The blobs that a URL names."""

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.local import LocalBlobs
from modelwright.core.deferred import Deferred
from modelwright.core.errors import BadInput

if TYPE_CHECKING:
    from modelwright.artifacts import objects
else:
    objects = Deferred("modelwright.artifacts.objects")  # its library takes 50 ms to load, and a folder needs none

_OBJECT_STORES: Final = frozenset({"memory", "s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss"})


def open_blobs(url: str, incoming: Path) -> Blobs:
    """The blobs at `url`: `file:///folder`, `s3://bucket/prefix`, `gs://...`, `az://...`, or `memory:///`.

    Object stores take their credentials from the environment, as their own tools do, and collect uploads in the
    folder `incoming`. Raises BadInput, without repeating the URL's secrets, for anything else.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc:
        return LocalBlobs(Path(unquote(parts.path)))
    if parts.scheme not in _OBJECT_STORES:
        raise BadInput(
            f"artifacts at {parts.scheme or 'no'}:// are of no kind we know; "
            "give file:///folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"
        )
    return objects.open_objects(url, incoming)
