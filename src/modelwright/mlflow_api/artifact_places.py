"""Where MLflow's clients see artifacts, and who owns what is there.

A client addresses the server's store by the artifact URI it was given: `mlflow-artifacts:/1/<run id>/artifacts` and a
path below it. The room of artifacts knows owners and paths. Nothing else is stored at such an address.
"""

import re
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from modelwright.artifacts.service import Owners
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, NotFound

SCHEME: Final = "mlflow-artifacts:/"

_RUN: Final = re.compile(r"(?P<root>(?:[^/]+/)+?(?P<id>[0-9a-f]{32})/artifacts)(?:/(?P<path>.*))?\Z", re.DOTALL)
_MODEL: Final = re.compile(
    r"(?P<root>(?:[^/]+/)+?models/(?P<id>m-[0-9a-f]{32})/artifacts)(?:/(?P<path>.*))?\Z", re.DOTALL
)
_KINDS: Final = ((_MODEL, "logged-models"), (_RUN, "runs"))


class Place(msgspec.Struct, frozen=True):
    """A path of an owner, and the address of the owner's root that a client used; path "" is the root itself."""

    owner: str
    path: str
    root: str

    @property
    def location(self) -> str:
        return SCHEME + self.root

    def check(self, tx: ReadTx, owners: Owners) -> None:
        """Raises NotFound when there is no such owner, or this is not the address of its files."""
        location = owners.location(tx, self.owner, writing=False)
        if location != self.location:
            raise NotFound(f"{self.owner} has its artifacts at {location}, not at {self.location}")


def place(address: str) -> Place | None:
    """The place at an address below `mlflow-artifacts:/`; None for one that no run or logged model can have."""
    found = [(match, kind) for pattern, kind in _KINDS if (match := pattern.match(address)) is not None]
    if not found:
        return None
    # The outermost: inside of a run's files there may be folders that look like another run's.
    match, kind = min(found, key=lambda pair: len(pair[0]["root"]))
    return Place(f"{kind}/{match['id']}", plain(match["path"] or ""), match["root"])


def plain(path: str) -> str:
    """The one spelling of a path below an owner: `a//b` and `./a/./b` are `a/b`, as on the disks that MLflow writes to.

    Joining names by hand makes such paths. A slash in front or at the end stays, for the room of artifacts to refuse:
    it begins at another root, or names a folder where a file is meant. So does every `..`, and what has a scheme, like
    `file:///a`: that is an address, and no path.
    """
    if "://" in path:
        return path
    first, *rest = path.split("/")
    kept = [name for name in rest[:-1] if name not in {"", "."}] + rest[-1:]
    return "/".join(kept if first == "." and kept else [first, *kept])


def known_place(address: str) -> Place:
    """As `place`. Raises NotFound."""
    found = place(address)
    if found is None:
        raise NotFound(
            f"nothing is kept at {SCHEME}{address}: artifacts belong to a run (<experiment>/<run id>/artifacts/...) or "
            "a logged model (<experiment>/models/<model id>/artifacts/...)"
        )
    return found


def address_in(scope: Any, resource: str) -> str:
    """What stands behind `.../mlflow-artifacts/<resource>/` in the address of the request, decoded exactly once."""
    raw: bytes = scope["raw_path"].partition(b"/mlflow-artifacts/" + resource.encode() + b"/")[2]
    try:
        return unquote(raw.decode("ascii"), errors="strict")
    except ValueError:
        raise BadInput("the artifact's address is not percent-encoded UTF-8") from None


def url(scope: Any, prefix: str, path: str) -> str:
    """The URL at which the asking client reaches `path` of this server; `prefix` is the server's own.

    The client has reached us by the Host it names; a proxy in front says what that was.
    """
    headers = {key: value.decode("latin-1") for key, value in scope["headers"]}
    scheme = headers.get(b"x-forwarded-proto", scope["scheme"])
    host = headers.get(b"x-forwarded-host", headers.get(b"host", ""))
    return f"{'https' if scheme == 'https' else 'http'}://{host}{prefix}{quote(path)}"


def credentials(scope: Any) -> dict[str, str]:
    """The headers by which the asking client has shown who it is, for the URLs that it is given."""
    wanted = {b"authorization": "Authorization", b"cookie": "Cookie"}
    return {wanted[key]: value.decode("latin-1") for key, value in scope["headers"] if key in wanted}
