"""The web page's files: pre-compressed, cached for good where the name holds a digest, under a strict content policy.

The page is one document; which view it shows is read from the address by its own code. So every address that no
route owns answers with that document, except those that name a file.

A theme that somebody chose is written into the document, from a cookie: the page's code would have to wait for the
browser's storage before it draws anything, for tens of milliseconds on each visit. So is the number of the newest
event: all that the page asks is asked later, and from that number on the server tells it what has changed since.
"""

import asyncio
import gzip
import logging
import mimetypes
import re
from collections.abc import Awaitable, Callable, Iterable
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

Asgi = Callable[[Any, Any, Any], Any]
Header = tuple[bytes, bytes]

_log = logging.getLogger(__name__)

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'"
)
_SECURITY: Final[list[Header]] = [
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"), ("", ""))
_DOCUMENT: Final = "/index.html"
_SEEN: Final = b'name="modelwright-seen" content="%s"'
_SEEN_WITHIN_S: Final = 0.25
_THEME: Final = re.compile(rb"(?:^|;\s*)modelwright-theme=(light|dark)(?:;|$)")
_NOT_BUILT: Final = (
    b"<!doctype html><html lang=en><title>Modelwright</title><h1>The web page is not built</h1>"
    b"<p>The API works. To build the page, run <code>uv sync</code> without MODELWRIGHT_UI=skip, "
    b"or install the released package.</p></html>"
)


class _File(msgspec.Struct, frozen=True):
    """One encoding of one file, ready to send."""

    body: bytes
    headers: list[Header]
    etag: bytes


class Page:
    """Wraps `api`: addresses whose first part is one of `owned` go there, all others are the page's.

    `folder` holds the built files; they are read once, for the first visitor. `prefix` is the path under which a
    proxy shows this server: it is written into the document, because the content policy forbids a script that would
    find it out. `newest` tells the number of the newest event.
    """

    def __init__(
        self,
        api: Asgi,
        *,
        folder: Path,
        owned: Iterable[str],
        prefix: str,
        newest: Callable[[], Awaitable[int]],
    ) -> None:
        self._api = api
        self._owned = frozenset(owned)
        self._folder = folder
        self._prefix = prefix
        self._newest = newest

    @cached_property
    def _files(self) -> dict[str, dict[str, _File]]:
        return _read(self._folder)

    @cached_property
    def _documents(self) -> dict[bytes, bytes]:
        """The document by theme, without a number; empty when the page is not built."""
        path = self._folder / _DOCUMENT.lstrip("/")
        if not path.is_file():
            return {}
        body = path.read_bytes()
        return {theme: _document(body, self._prefix, theme) for theme in (b"", b"light", b"dark")}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "GET" or first_part(path) in self._owned:
            await self._api(scope, receive, send)
            return
        scope["path_template"] = "page"
        headers = dict(scope["headers"])
        status, found = await self._find(path, headers)
        body = found.body
        if found.etag and headers.get(b"if-none-match") == found.etag:
            status, body = 304, b""
        length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]  # noqa: PLR2004 - HTTP's number
        await send({"type": "http.response.start", "status": status, "headers": [*found.headers, *_SECURITY, *length]})
        await send({"type": "http.response.body", "body": body})

    async def _find(self, path: str, headers: dict[bytes, bytes]) -> tuple[int, _File]:
        accepted = headers.get(b"accept-encoding", b"").decode("latin-1")
        variants = self._files.get(path)
        if variants is None and path.startswith("/assets/"):
            return 404, _plain(b"There is no such file.", b"text/plain")
        if variants is None:
            theme = _THEME.search(headers.get(b"cookie", b""))
            body = self._documents.get(theme[1] if theme else b"")
            if body is None:
                return 503, _plain(_NOT_BUILT, b"text/html; charset=utf-8")
            return 200, _encoded(body.replace(_SEEN % b"", _SEEN % await self._seen()), accepted)
        return 200, next(variants[name] for name, _ in _ENCODINGS if name in variants and name in accepted)

    async def _seen(self) -> bytes:
        try:
            async with asyncio.timeout(_SEEN_WITHIN_S):
                return b"%d" % await self._newest()
        except Exception:  # noqa: BLE001 - whatever is wrong with the database, the page is there to say it
            _log.warning("the number of the newest event is not known; the page asks twice instead", exc_info=True)
            return b""


def first_part(path: str) -> str:
    """`api` of `/api/v1/runs`; the empty string of `/`."""
    return path.lstrip("/").partition("/")[0]


def _read(folder: Path) -> dict[str, dict[str, _File]]:
    """Every file but the document by its address, in every encoding it stands there in."""
    files: dict[str, dict[str, _File]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in {".br", ".gz"} and not path.name.startswith("."):
            address = "/" + path.relative_to(folder).as_posix()
            files[address] = {
                name: _file(address, name, encoded.read_bytes())
                for name, suffix in _ENCODINGS
                if (encoded := path.with_name(path.name + suffix)).is_file()
            }
    files.pop(_DOCUMENT, None)
    return files


def _document(body: bytes, prefix: str, theme: bytes) -> bytes:
    there = prefix.encode()
    body = body.replace(b'"./', b'"' + there + b"/")
    body = body.replace(b'name="modelwright-prefix" content=""', b'name="modelwright-prefix" content="%s"' % there)
    return body.replace(b"<html", b'<html data-theme="%s"' % theme, 1) if theme else body


def _encoded(document: bytes, accepted: str) -> _File:
    encoding = "gzip" if "gzip" in accepted else ""
    body = gzip.compress(document, mtime=0) if encoding else document
    return _file(_DOCUMENT, encoding, body, vary=b"accept-encoding, cookie")


def _file(address: str, encoding: str, body: bytes, *, vary: bytes = b"accept-encoding") -> _File:
    kind = mimetypes.guess_type(address)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("javascript", "json")):
        kind += "; charset=utf-8"
    named_by_digest = address.startswith("/assets/")
    etag = b'"%s"' % sha256(body).hexdigest()[:20].encode()
    headers: list[Header] = [
        (b"content-type", kind.encode()),
        (b"etag", etag),
        (b"vary", vary),
        (b"cache-control", b"public, max-age=31536000, immutable" if named_by_digest else b"no-cache"),
    ]
    if encoding:
        headers.append((b"content-encoding", encoding.encode()))
    return _File(body=body, headers=headers, etag=etag)


def _plain(body: bytes, kind: bytes) -> _File:
    return _File(body=body, headers=[(b"content-type", kind), (b"cache-control", b"no-store")], etag=b"")
