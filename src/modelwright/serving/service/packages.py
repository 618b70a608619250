"""The files of a version, for whoever opens it elsewhere: batch scoring, replay, another node."""

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.serving.model import FileRef
from modelwright.serving.service.versions import Found, Versions
from modelwright.serving.shown import PackageShown


def show(tx: ReadTx, versions: Versions, said: str) -> PackageShown:
    """The version that `said` names, with its files. Raises as `Versions.find`."""
    found = versions.find(tx, said)
    return PackageShown(version=found.ref, manifest=found.manifest, files=found.files)


def file(tx: ReadTx, versions: Versions, said: str, digest: str) -> FileRef:
    """One file of a version. Raises NotFound when it has no file of this digest."""
    found: Found = versions.find(tx, said)
    for one in found.files:
        if one.digest == digest:
            return one
    raise NotFound(f"{found.ref} has no file {digest}", digest=digest)
