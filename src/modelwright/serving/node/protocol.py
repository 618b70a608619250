"""HTTP/1.1 straight onto the core: httptools parses, the event loop's transport writes, nothing lies between.

Against uvicorn and raw ASGI, with the same core, this takes about half the processor time per request, which is most of
what a small model costs. What it does itself: pipelined requests in order, `Expect: 100-continue`, limits on heads and
bodies while they arrive, and an end for clients that send or read too slowly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

import msgspec

from modelwright.core.heads import end_of_head
from modelwright.serving.node.messages import Request, Response, with_retry
from modelwright.serving.node.reading import Reader

if TYPE_CHECKING:
    from modelwright.serving.node.listening import HttpServer

PIPELINED = 32
# A client that reads takes at least so much of a long answer in `Patience.read_s`.
READ_BYTES = 1024 * 1024
# A client that was refused while it was sending may go on for so long, so that it reads why and not of a broken pipe.
LINGER_S = 5.0

_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_CROWDED = b'{"error":"the node has as many connections, or as much of unfinished requests, as it can hold; ask again"}'


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long a client may take: between two pieces of a request, for a whole one, to read, and between requests.

    Kept to the second: less than two is less than the clock can tell. `read_s` is for each megabyte of an answer.
    """

    piece_s: float = 30.0
    request_s: float = 300.0
    read_s: float = 60.0
    idle_s: float = 90.0


class Connection(asyncio.Protocol):
    """One client's connection."""

    __slots__ = (
        "_answering",
        "_closing",
        "_find",
        "_going",
        "_head",
        "_keep",
        "_left",
        "_paused",
        "_queue",
        "_reader",
        "_refusal",
        "_refuses_head",
        "_server",
        "began",
        "blocked_since",
        "deaf",
        "heard",
        "held",
        "lingers_since",
        "transport",
    )

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._reader = Reader(self, server.heads, server.front.body_bytes)
        self._find = server.heads.find
        self._queue: deque[tuple[Request, bool]] = deque()
        # One request of a connection is being answered at a time: these two are what its answer needs to know of it.
        self._answering = False
        self._keep = True
        self._head = False
        self._going = False
        # Nothing more is read; what is said last, after all answers, if there is such a thing; nothing more is said.
        self.deaf = False
        self._refusal: Response | None = None
        self._refuses_head = False
        self._closing = False
        self._paused = False
        self._left = 0
        self.began = 0.0
        self.heard = server.now
        self.blocked_since = 0.0
        self.lingers_since = 0.0
        self.held = 0
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)

    # --- from the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._server.welcome(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # a client may go as it likes
        self._closing = self.deaf = True
        self._queue.clear()
        self._release()
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        if self.deaf:
            return
        self.heard = self._server.now
        first = not self.began
        if first:
            at = self._take_known(data)
            if at:
                data = data[at:]
            if not data or self.deaf:
                return
        self._reader.feed(data, first=first)

    def eof_received(self) -> bool:
        """A client may say all it has to say, and then wait for the answers."""
        self.deaf = True
        self.began = 0.0
        return self.owed

    def pause_writing(self) -> None:
        self.blocked_since = self._server.now
        self._left = self.transport.get_write_buffer_size()
        self._regulate()

    def resume_writing(self) -> None:
        self.blocked_since = 0.0
        self._go_on()

    def _take_known(self, data: bytes) -> int:
        """Begin the whole requests at the beginning of `data` whose heads are known; returns where the rest begins.

        The parser never sees them, and need not: it is between two requests before and after.
        """
        at = 0
        while not self.deaf:
            end = end_of_head(data, at)
            head = self._find(data[at:end])
            if head is None or len(data) < end + head.body_bytes:
                break
            at = end + head.body_bytes
            self.take(Request(head.method, head.path, head.headers, data[end:at], head.query), keep=True)
            if at == len(data):
                break
        return at

    # --- from the reader ---

    def begun(self) -> None:
        self.began = self._server.now

    def hold(self, size: int) -> None:
        self.held += size
        self._server.hold(self, size)

    def take(self, request: Request, *, keep: bool) -> None:
        """A whole request has come: its turn is now, or after those before it."""
        self.began = 0.0
        if self._answering or self._going or self._queue or self.blocked_since:
            self._queue.append((request, keep))
            self._regulate()
            return
        self._begin(request, keep)

    def refuse(self, response: Response) -> None:
        """Answer what cannot be read to its end, after what was asked before it, and hang up."""
        if self.deaf:
            return
        self.deaf = True
        self.began = 0.0
        self._refuses_head = self._reader.of_head
        self._reader.drop()
        if self.owed:
            self._refusal = response
        else:
            self._say_last(response)

    def say_continue(self) -> None:
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    # --- own ---

    @property
    def owed(self) -> bool:
        """Whether a whole request of this client waits for its answer."""
        return self._answering or bool(self._queue)

    def close_when_idle(self) -> None:
        if not self.owed and not self.began:
            self.transport.close()

    def too_slow(self, now: float, patience: Patience) -> bool:
        """Whether the client has used up its patience; `now` is the server's clock."""
        if self.lingers_since:
            return now - self.lingers_since > LINGER_S
        if self.blocked_since and now - self.blocked_since > patience.read_s:
            before, self._left = self._left, self.transport.get_write_buffer_size()
            self.blocked_since = now
            return self._left > before - READ_BYTES
        if self.began:
            return now - self.heard > patience.piece_s or now - self.began > patience.request_s
        return not self.owed and not self.blocked_since and now - self.heard > patience.idle_s

    def crowd_out(self) -> None:
        """Let go of a client for others. One that has not begun to ask finds its connection closed, as if idle."""
        if self.began:
            self.refuse(with_retry(Response(HTTPStatus.SERVICE_UNAVAILABLE, _CROWDED)))
        else:
            self._close()

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
        elif not self._going and (self._queue or self.deaf or self.held):
            self._go_on()

    def _go_on(self) -> None:
        """Begin what waits, one after the other. Answers that come at once make a loop here and no deep calls.

        Nothing is begun for a client that does not read: its answers would fill the memory.
        """
        self._going = True
        while self._queue and not (self._answering or self._closing or self.blocked_since):
            self._begin(*self._queue.popleft())
        self._going = False
        if self._closing:
            return
        if not self.owed:
            if not self.began:
                self._release()
            if self._refusal is not None:
                self._say_last(self._refusal)
            elif self.deaf:
                self._close()
        self._regulate()

    def _regulate(self) -> None:
        """Read on only while what was read is being used up."""
        pause = self.blocked_since > 0 or len(self._queue) >= PIPELINED
        if pause == self._paused or self.deaf:
            return
        self._paused = pause
        if pause:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _write(self, response: Response, *, keep: bool, head: bool) -> None:
        body = response.body
        more = b"" if keep else b"connection: close\r\n"
        for name, value in response.headers:
            more += b"%b: %b\r\n" % (name, value)
        said = b"%bcontent-type: %b\r\ncontent-length: %d\r\n%b\r\n%b"
        status = _STATUS[response.status]
        self.transport.write(said % (status, response.content_type, len(body), more, b"" if head else body))

    def _say_last(self, response: Response) -> None:
        self._release()
        self._write(response, keep=False, head=self._refuses_head)
        self._closing = True
        # Were it closed with something unread, the system would tell the client of that, and perhaps of nothing else.
        self.lingers_since = self._server.now
        self.transport.write_eof()

    def _close(self) -> None:
        self._closing = self.deaf = True
        self._queue.clear()
        self._release()
        self.transport.close()

    def _release(self) -> None:
        if self.held:
            self._server.held -= self.held
            self.held = 0
