"""Answers of `/api/v1` as fewer bytes, for those who say that they can read them so.

The page's own files are compressed when it is built; here it is the JSON that tables and charts are made of. Zstandard
comes first (browsers ask for it on localhost and over TLS), gzip for everybody else; both are in the package already,
which Brotli would not be. MLflow's routes are left alone: its client sends and takes small answers by the thousand.

Compression together with a secret lets an attacker who can put words of his own into the same answer guess the secret
by the length (BREACH). An answer that holds a secret says `cache-control: no-store`, and such answers are left alone.
"""

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

import zstandard

Asgi = Callable[[Any, Any, Any], Awaitable[None]]

_PREFIX: Final = "/api/v1/"
_FILES: Final = "/api/v1/artifacts/"
"""Ranges, digests and lengths of these are promised for their own bytes."""
_LEAST_BYTES: Final = 1024
_LONG_BYTES: Final = 256 * 1024
"""A longer answer is compressed in a thread: it would hold up the loop for milliseconds."""
_REFUSED: Final = re.compile(r";\s*q=0(\.0*)?\s*$")


class Compressed:
    """Wraps `api`. What is streamed, ranged, encoded or not to be stored passes as it is."""

    def __init__(self, api: Asgi) -> None:
        self._api = api

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        # Not a coroutine itself: a request for another path must not pay for one more frame.
        path: str = scope.get("path", "")
        if path.startswith(_PREFIX) and scope["type"] == "http" and not path.startswith(_FILES):
            encoding = chosen(dict(scope["headers"]).get(b"accept-encoding", b"").decode("latin-1"))
            return self._api(scope, receive, _Answer(send, encoding).send)
        return self._api(scope, receive, send)


def chosen(accepted: str) -> str:
    """`zstd`, `gzip`, or the empty string for a client that reads neither. `accepted` is the header."""
    names = {
        part.partition(";")[0].strip().lower() for part in accepted.split(",") if not _REFUSED.search(part.lower())
    }
    return "zstd" if "zstd" in names else "gzip" if "gzip" in names else ""


class _Answer:
    """Holds back the head of an answer until it is known whether the body comes in one piece."""

    def __init__(self, send: Any, encoding: str) -> None:
        self._send = send
        self._encoding = encoding
        self._head: dict[str, Any] | None = None

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start" and _is_candidate(message):
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            head["headers"] = [*head["headers"], (b"vary", b"accept-encoding")]
            body = message.get("body", b"")
            if self._encoding and len(body) >= _LEAST_BYTES and not message.get("more_body"):
                body = await _compressed(body, self._encoding)
                head["headers"] = [
                    *(pair for pair in head["headers"] if pair[0].lower() != b"content-length"),
                    (b"content-encoding", self._encoding.encode()),
                    (b"content-length", str(len(body)).encode()),
                ]
                message = {**message, "body": body}
            await self._send(head)
        await self._send(message)


def _is_candidate(head: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in head["headers"]}
    return (
        headers.get(b"content-type", b"").startswith(b"application/json")
        and b"content-encoding" not in headers
        and b"accept-ranges" not in headers
        and b"no-store" not in headers.get(b"cache-control", b"")
    )


async def _compressed(body: bytes, encoding: str) -> bytes:
    if len(body) > _LONG_BYTES:
        return await asyncio.to_thread(_squeeze, body, encoding)
    return _squeeze(body, encoding)


def _squeeze(body: bytes, encoding: str) -> bytes:
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=3).compress(body)
    squeezer = zlib.compressobj(level=5, wbits=zlib.MAX_WBITS | 16)
    return squeezer.compress(body) + squeezer.flush()
