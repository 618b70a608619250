"""HTTP/1.1 straight onto the core: httptools parses, the event loop's transport writes, nothing lies between.

Against uvicorn and raw ASGI, with the same core, this takes about half the processor time per request, which is most of
what a small model costs. What it does itself: pipelined requests in order, `Expect: 100-continue`, limits on heads and
bodies while they arrive, and an end for clients that send or read too slowly.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from http import HTTPStatus
from typing import cast
from urllib.parse import unquote

import httptools
import msgspec

from modelwright.serving.node.front import Front, too_large
from modelwright.serving.node.messages import Request, Response

HEADER_BYTES = 64 * 1024
PIPELINED = 32
# So many heads are remembered, none longer than this.
KNOWN, KNOWN_BYTES = 1024, 4096
_SWEEP_S = 1.0

_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


# What makes a request more than a head with its length and a body.
_UNUSUAL = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a client may take: between two pieces of a request, for a whole one, to read, and between requests.

    Kept to the second: less than two is less than the clock can tell.
    """

    piece_s: float = 30.0
    request_s: float = 300.0
    read_s: float = 60.0
    idle_s: float = 90.0


class _Head(msgspec.Struct, frozen=True):
    """A request's head as the parser read it, and the length of the body that follows it."""

    method: str
    path: str
    query: str
    headers: dict[bytes, bytes]
    body_bytes: int


class Heads:
    """Heads that were parsed before. A client sends the same bytes before every body, and equal bytes mean the same.

    Only whole heads that the parser has accepted come in, so nothing is read here that it would refuse.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, _Head] = {}
        self.find = self._known.get

    def keep(self, data: bytes, request: Request, lines: int) -> None:
        """Remember the head at the beginning of `data`, of which the parser has made `request` with `lines` headers."""
        end = data.find(b"\r\n\r\n", 0, KNOWN_BYTES) + 4
        head, body = data[:end], request.body
        plain = (
            head.startswith(request.method.encode() + b" ")
            and head.count(b"\r\n") == lines + 2 == head.count(b"\n")
            and int(request.headers.get(b"content-length", b"0")) == len(body)
            and data.startswith(body, end)
            and not _UNUSUAL & request.headers.keys()
        )
        if plain:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[head] = _Head(request.method, request.path, request.query, dict(request.headers), len(body))


class Connection(asyncio.Protocol):
    """One client's connection."""

    __slots__ = (
        "_answering",
        "_body",
        "_chunk",
        "_closing",
        "_find",
        "_head",
        "_header_bytes",
        "_header_lines",
        "_headers",
        "_keep",
        "_parser",
        "_queue",
        "_server",
        "_size",
        "_url",
        "began",
        "blocked_since",
        "heard",
        "transport",
    )

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._find = server.heads.find
        self._chunk: bytes | None = None
        self._queue: deque[tuple[Request, bool]] = deque()
        # One request of a connection is being answered at a time: these two are what its answer needs to know of it.
        self._answering = False
        self._keep = True
        self._head = False
        self._closing = False
        self._reset()
        self.began = 0.0
        self.heard = server.now
        self.blocked_since = 0.0
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)

    # --- from the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # a client may go as it likes
        self._closing = True
        self._queue.clear()
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        self.heard = self._server.now
        if not self.began:
            at = self._take_known(data)
            if at:
                data = data[at:]
            if not data or self._closing:
                return
            self._chunk = data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(Response(HTTPStatus.NOT_IMPLEMENTED, b'{"error":"no protocol but HTTP/1.1 is spoken here"}'))
        except httptools.HttpParserError as error:
            said = msgspec.json.encode({"error": f"this is not HTTP/1.1: {error}"})
            self._refuse(Response(HTTPStatus.BAD_REQUEST, said))
        self._chunk = None

    def _take_known(self, data: bytes) -> int:
        """Begin the whole requests at the beginning of `data` whose heads are known; returns where the rest begins.

        The parser never sees them, and need not: it is between two requests before and after.
        """
        at = 0
        while not self._closing:
            end = data.find(b"\r\n\r\n", at, at + KNOWN_BYTES) + 4
            head = self._find(data[at:end])
            if head is None or len(data) < end + head.body_bytes:
                break
            at = end + head.body_bytes
            self._take(Request(head.method, head.path, head.headers, data[end:at], head.query), keep=True)
            if at == len(data):
                break
        return at

    def pause_writing(self) -> None:
        self.blocked_since = self._server.now
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self.blocked_since = 0.0
        self.transport.resume_reading()

    # --- from the parser ---

    def on_message_begin(self) -> None:
        self.began = self._server.now

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value
        self._header_lines += 1
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        if b"expect" in self._headers and not self._closing:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = self._headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._server.front.body_bytes:
            self._refuse(too_large(self._path()[0], self._server.front.body_bytes))

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._server.front.body_bytes:
            self._refuse(too_large(self._path()[0], self._server.front.body_bytes))
        if not self._closing:
            self._body.append(body)

    def on_message_complete(self) -> None:
        self.began = 0.0
        if self._closing:
            return
        path, query = self._path()
        chunks = self._body
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        request = Request(self._parser.get_method().decode(), path, self._headers, body, query)
        keep = self._parser.should_keep_alive()
        if self._chunk is not None and keep:
            self._server.heads.keep(self._chunk, request, self._header_lines)
        self._chunk = None
        self._reset()
        self._take(request, keep=keep)

    # --- own ---

    def _take(self, request: Request, *, keep: bool) -> None:
        """A whole request has come: its turn is now, or after those before it."""
        if self._answering:
            self._queue.append((request, keep))
            if len(self._queue) >= PIPELINED:
                self.transport.pause_reading()
            return
        self._begin(request, keep)

    @property
    def busy(self) -> bool:
        return self._answering or bool(self._queue) or self.began > 0

    def close_when_idle(self) -> None:
        if not self.busy:
            self.transport.close()

    def too_slow(self, now: float, patience: Patience) -> bool:
        """Whether the client has used up its patience; `now` is the server's clock."""
        if self.blocked_since and now - self.blocked_since > patience.read_s:
            return True
        if self.began:
            return now - self.heard > patience.piece_s or now - self.began > patience.request_s
        return not self._answering and now - self.heard > patience.idle_s

    def _begin(self, request: Request, keep: bool) -> None:  # noqa: FBT001  # a fact about the request, passed along
        self._answering = True
        self._keep = keep
        self._head = request.method == "HEAD"
        self._server.front.begin(request, self._answer)

    def _answer(self, response: Response) -> None:
        self._answering = False
        if self._closing:
            return
        keep = self._keep and not self._server.draining
        self._write(response, keep=keep, head=self._head)
        if not keep:
            self._close()
        elif self._queue:
            request, keep = self._queue.popleft()
            if len(self._queue) == PIPELINED - 1 and not self.blocked_since:
                self.transport.resume_reading()
            self._begin(request, keep)

    def _write(self, response: Response, *, keep: bool, head: bool) -> None:
        body = response.body
        more = b"" if keep else b"connection: close\r\n"
        for name, value in response.headers:
            more += b"%b: %b\r\n" % (name, value)
        said = b"%bcontent-type: %b\r\ncontent-length: %d\r\n%b\r\n%b"
        status = _STATUS[response.status]
        self.transport.write(said % (status, response.content_type, len(body), more, b"" if head else body))

    def _refuse(self, response: Response) -> None:
        """Answer what cannot be read to its end, and hang up."""
        if self._closing:
            return
        self._write(response, keep=False, head=False)
        self._close()

    def _close(self) -> None:
        self._closing = True
        self._queue.clear()
        self.transport.close()

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES:
            said = b'{"error":"the request line and headers have more than %d bytes"}' % HEADER_BYTES
            self._refuse(Response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, said))

    def _path(self) -> tuple[str, str]:
        path, _, query = self._url.partition(b"?")
        decoded = path.decode("latin-1")
        return (unquote(decoded) if "%" in decoded else decoded), query.decode("latin-1")

    def _reset(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._header_lines = 0
        self._body: list[bytes] = []
        self._size = 0


class HttpServer:
    """Listens, sweeps out slow clients, and drains."""

    def __init__(self, front: Front, patience: Patience | None = None) -> None:
        self.front = front
        self.connections: set[Connection] = set()
        self.heads = Heads()
        self.draining = False
        self._patience = patience or Patience()
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.Task[None] | None = None
        # Read once a second: precise enough for patience, and free on the request path.
        self.now = 1.0

    async def listen(self, host: str, port: int, *, backlog: int = 2048) -> int:
        """Listen, and return the port, which the system chooses when it is 0."""
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        self._server = await loop.create_server(lambda: Connection(self), host, port, backlog=backlog)
        self._sweeper = loop.create_task(self._sweep())
        return int(self._server.sockets[0].getsockname()[1])

    async def drain(self, grace_s: float = 30.0) -> None:
        """Take no more connections, answer what has been asked, and hang up."""
        self.draining = True
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                while self.connections:
                    for one in tuple(self.connections):
                        one.close_when_idle()
                    await asyncio.sleep(0.01)
        for one in tuple(self.connections):
            one.transport.abort()
        if self._sweeper is not None:
            self._sweeper.cancel()

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.now = loop.time()
            for one in tuple(self.connections):
                if one.too_slow(self.now, self._patience):
                    one.transport.abort()
