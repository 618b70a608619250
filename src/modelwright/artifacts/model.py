"""Names, digests and manifests: what is true of artifacts without a disk or a database.

An *owner* (`runs/<run id>`, `models/<model id>`) has files; a file is a path that names a digest. The bytes live
under their digest alone, so that no path from outside ever takes part in a place on a disk.
"""

import hashlib
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable
from typing import Final

import msgspec

from modelwright.core import limits
from modelwright.core.errors import BadInput

_ALGORITHM: Final = "sha256:"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")
_OWNER: Final = re.compile(r"[a-z][a-z-]{0,31}/[\w\-]{1,255}\Z", re.ASCII)
_DRIVE: Final = re.compile(r".:", re.DOTALL)  # to Python's newer releases any character is one, not letters alone
_DECODINGS: Final = 16  # an honest name needs one or two; each further one only hides something


class Entry(msgspec.Struct, frozen=True):
    """One file of an owner. `size` is in bytes."""

    path: str
    digest: str
    size: int
    created_ms: int


class Manifest(msgspec.Struct, frozen=True):
    """A body of files: its digest (see `manifest_digest`), its files by path, their bytes together."""

    digest: str
    size: int
    files: list[Entry]


class Upload(msgspec.Struct, frozen=True):
    """A file that is coming in `parts` pieces, numbered from 1; `digest` is that of the whole, once it is there."""

    id: str
    owner: str
    path: str
    parts: int
    created_ms: int
    digest: str | None


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A name inside one folder. `path` is relative to the owner; size and digest are None for a folder."""

    path: str
    is_dir: bool
    size: int | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that relies on an owner's files at and below `prefix` ("" is all of them) to stay as they are.

    `holder` is what a person would call it, such as `models/fraud/versions/3`.
    """

    holder: str
    prefix: str

    def covers(self, path: str) -> bool:
        return self.prefix in {"", path} or path.startswith(self.prefix + "/")

    def meets(self, folder: str) -> bool:
        """Whether a change of everything at and below `folder` would touch what is held."""
        return self.covers(folder) or folder == "" or self.prefix.startswith(folder + "/")


def digest_of(hasher: "hashlib._Hash") -> str:
    return _ALGORITHM + hasher.hexdigest()


def hex_of(digest: str) -> str:
    """The 64 hexadecimal digits of a digest. Raises BadInput for anything that is not `sha256:<hex>`."""
    if _DIGEST.match(digest) is None:
        raise BadInput(f"not a digest: {digest!r}; one looks like sha256: and 64 hexadecimal digits", digest=digest)
    return digest[len(_ALGORITHM) :]


def checked_owner(owner: str) -> str:
    """`owner` itself. Raises BadInput when it is not a kind, a slash and an id."""
    if _OWNER.match(owner) is None:
        raise BadInput(f"not an owner of artifacts: {owner!r}; one looks like runs/<run id>", owner=owner)
    return owner


def checked_path(path: str) -> str:
    """`path` itself, exactly as it was given, when it can be the name of a file below an owner.

    Two spellings stay two names: nothing is normalised. The rules also hold for what the path becomes when its
    percent signs are decoded, again and again, because somebody further along may do just that.

    Raises BadInput for an empty or absolute path, empty, `.` or `..` segments, backslashes, drive letters, `#`,
    control characters, text that UTF-8 cannot carry, and names longer than `core.limits` allows.
    """
    form = path
    for _ in range(_DECODINGS):
        fault = _fault(form)
        if fault is not None:
            raise BadInput(f"the artifact path {path!r} cannot be used: {fault}", path=path)
        decoded = urllib.parse.unquote(form)
        if decoded == form:
            return path
        form = decoded
    raise BadInput(f"the artifact path {path!r} cannot be used: it is percent-encoded over and over", path=path)


def checked_folder(path: str) -> str:
    """As `checked_path`, and "" is the owner's root."""
    return path and checked_path(path)


def _fault(path: str) -> str | None:
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "it is not Unicode text"
    if len(encoded) > limits.ARTIFACT_PATH:
        return f"it has {len(encoded)} bytes; at most {limits.ARTIFACT_PATH} are allowed"
    if "\\" in path or "#" in path:
        return "backslash and # are not allowed; folders are separated by /"
    if any(unicodedata.category(character) == "Cc" for character in path):
        return "it holds a control character"
    return next(filter(None, map(_segment_fault, path.split("/"))), None)


def _segment_fault(segment: str) -> str | None:
    if segment == "":
        return "it is empty, starts or ends with a slash, or has two in a row"
    if segment in {".", ".."}:
        return f"the segment {segment!r} leads elsewhere"
    if _DRIVE.match(segment) is not None:
        return f"the segment {segment!r} begins like a drive letter"
    if len(segment.encode()) > limits.ARTIFACT_SEGMENT:
        return f"a segment of it is longer than {limits.ARTIFACT_SEGMENT} bytes, which file systems cannot hold"
    return None


def ancestors(path: str) -> list[str]:
    """Every folder that `path` lies in, outermost first.

    >>> ancestors("a/b/c.txt")
    ['a', 'a/b']
    """
    return [path[:at] for at, character in enumerate(path) if character == "/"]


def below(folder: str) -> tuple[str, str]:
    """First and last bound, `low <= path < high` in code point order, of the paths inside `folder`; not "".

    "0" follows "/" in Unicode, so the range holds exactly the paths that begin with `folder` and a slash.
    """
    return folder + "/", folder + "0"


def listing(entries: Iterable[Entry], folder: str) -> list[Listed]:
    """What `folder` shows: its files, and each folder in it once; sorted by name."""
    skip = len(folder) + 1 if folder else 0
    found: dict[str, Listed] = {}
    for entry in entries:
        name, slash, _ = entry.path[skip:].partition("/")
        if slash:
            path = entry.path[: skip + len(name)]
            found[name] = Listed(path=path, is_dir=True)
        else:
            found[name] = Listed(path=entry.path, is_dir=False, size=entry.size, digest=entry.digest)
    return [found[name] for name in sorted(found)]


def manifest_digest(entries: Iterable[Entry], *, root: str = "") -> str:
    """The digest that stands for a body of files: equal exactly when the paths below `root` and the bytes are.

    It is the SHA-256 of the UTF-8 text of one JSON object without blanks, its keys (paths relative to `root`, or
    the file's own name when `root` is a file) in code point order:
    `{"<path>":{"digest":"sha256:<hex>","size":<bytes>},...}`.
    """
    files = {_relative(entry.path, root): {"digest": entry.digest, "size": entry.size} for entry in entries}
    return digest_of(hashlib.sha256(msgspec.json.encode(files, order="sorted")))


def _relative(path: str, root: str) -> str:
    if root == path:
        return path.rpartition("/")[2]
    return path[len(root) + 1 :] if root else path
