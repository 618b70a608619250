"""Files on their way out: whole or in part, verified against their digest, one chunk ahead of the connection."""

import asyncio
import contextlib
import hashlib
import io
import logging
import time
import zipfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Final

from modelwright.artifacts.answers import (
    Headers,
    Unsatisfiable,
    disposition,
    file_headers,
    is_unchanged,
    part_of,
)
from modelwright.artifacts.asgi import Receive, Scope, Send, Threads, answer, headers_of, hung_up
from modelwright.artifacts.blobs import Blobs, Damaged
from modelwright.artifacts.model import Entry, digest_of
from modelwright.core.errors import NotFound

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)  # of ZIP

_log = logging.getLogger(__name__)


class Downloads:
    """The way out."""

    def __init__(self, blobs: Blobs, threads: Threads) -> None:
        self._blobs: Final = blobs
        self._threads: Final = threads

    async def send(self, scope: Scope, receive: Receive, send: Send, entry: Entry) -> None:
        """Answer the request with the file, or the part of it that its headers ask for.

        Should the bytes of a whole file not be those of its digest, the answer is an error, or for a large file a
        connection that ends early; never other bytes that look complete.
        """
        asked = headers_of(scope)
        headers = file_headers(entry.path, entry.digest)
        if is_unchanged(asked.get(b"if-none-match"), entry.digest):
            await answer(send, 304, headers)
            return
        try:
            part = part_of(asked.get(b"range"), asked.get(b"if-range"), entry.size, entry.digest)
        except Unsatisfiable:
            await answer(send, 416, [(b"content-range", f"bytes */{entry.size}".encode()), (b"content-length", b"0")])
            return
        chunks, status, length = verified(self._blobs, entry), 200, entry.size
        if part is not None:
            chunks, status, length = _part(self._blobs, entry, *part), 206, part[1] - part[0]
            headers.append((b"content-range", f"bytes {part[0]}-{part[1] - 1}/{entry.size}".encode()))
        headers.append((b"content-length", str(length).encode()))
        if scope.get("head"):  # said by the server's edge, where a HEAD becomes a GET
            await answer(send, status, headers)
            return
        await self._send_chunks(receive, send, (status, headers), chunks)

    async def send_zip(self, receive: Receive, send: Send, name: str, entries: Iterable[Entry]) -> None:
        """Answer with all files in one ZIP named `name`, made on the way, not compressed: models hardly shrink."""
        headers = [(b"content-type", b"application/zip"), (b"content-disposition", disposition(name).encode())]
        await self._send_chunks(receive, send, (200, headers), zipped(self._blobs, entries))

    async def _send_chunks(
        self, receive: Receive, send: Send, head: tuple[int, Headers], chunks: Iterator[bytes]
    ) -> None:
        """What fails before the first chunk is raised before anything is sent; a client that leaves ends it."""
        async with contextlib.aclosing(self._ahead(chunks)) as stream:
            held = await anext(stream, b"")
            await send({"type": "http.response.start", "status": head[0], "headers": head[1]})
            gone = asyncio.ensure_future(hung_up(receive))
            try:
                async for chunk in stream:
                    await send({"type": "http.response.body", "body": held, "more_body": True})
                    held = chunk
                    if gone.done():
                        return
                await send({"type": "http.response.body", "body": held, "more_body": False})
            finally:
                gone.cancel()

    async def _ahead(self, chunks: Iterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The chunks, each read in a thread while the one before is being sent."""
        reading = asyncio.ensure_future(self._threads.run(next, chunks, None))
        try:
            while (chunk := await reading) is not None:
                reading = asyncio.ensure_future(self._threads.run(next, chunks, None))
                yield chunk
        finally:
            await asyncio.wait([reading])
            if not reading.cancelled():
                reading.exception()  # seen: nobody is left who would want to hear of it


def verified(blobs: Blobs, entry: Entry) -> Iterator[bytes]:
    """The file's bytes; the last chunk comes only when all of them have the digest. Blocks; raises Damaged."""
    sha256, held = hashlib.sha256(), b""
    try:
        for chunk in blobs.read(entry.digest):
            if held:
                yield held
            sha256.update(chunk)
            held = chunk
    except NotFound as error:
        raise _damaged(entry, "missing") from error
    if digest_of(sha256) != entry.digest:
        raise _damaged(entry, "not what was stored")
    yield held


def zipped(blobs: Blobs, entries: Iterable[Entry]) -> Iterator[bytes]:
    """A ZIP of the files in pieces, each file verified. Blocks; raises Damaged."""
    made = _Made()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.path, max(_EARLIEST, time.gmtime(entry.created_ms / 1000)[:6]))
            info.file_size = entry.size
            with archive.open(info, "w") as member:
                for chunk in verified(blobs, entry):
                    member.write(chunk)
                    yield made.take()
    yield made.take()


class _Made(io.RawIOBase):
    """A place that cannot be sought in, for what the archive writes, until it is taken away."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]  # all we are given
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def _part(blobs: Blobs, entry: Entry, start: int, end: int) -> Iterator[bytes]:
    try:
        yield from blobs.read(entry.digest, start, end)
    except NotFound as error:
        raise _damaged(entry, "missing") from error


def _damaged(entry: Entry, how: str) -> Damaged:
    _log.error("blob damaged", extra={"digest": entry.digest, "path": entry.path, "how": how})
    return Damaged(f"the bytes of {entry.path!r} ({entry.digest}) are {how}", digest=entry.digest)
