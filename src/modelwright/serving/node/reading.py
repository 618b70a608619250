"""What one client sends, made into requests, with limits on heads and bodies while they arrive."""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote

import httptools
import msgspec

from modelwright.core.heads import Heads
from modelwright.serving.node.front import too_large
from modelwright.serving.node.heads import Head, remember
from modelwright.serving.node.messages import Request, Response

HEADER_BYTES = 64 * 1024
# What chunks may add to each byte of a body; one byte in a chunk of its own takes five more.
_AROUND = 8
_OFFERS = (b"upgrade", b"http2-settings")
_HEADERS_TOO_LARGE = Response(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    b'{"error":"the request line and headers have more than %d bytes"}' % HEADER_BYTES,
)


class Owner(Protocol):
    """Whose bytes are read. Once `deaf`, nothing more is told it."""

    deaf: bool

    def begun(self) -> None:
        """The first byte of a request is here."""

    def hold(self, size: int) -> None:
        """So much more of a body is kept."""

    def take(self, request: Request, *, keep: bool) -> None:
        """A whole request is here; `keep`: the connection may go on after it."""

    def refuse(self, response: Response) -> None:
        """What comes cannot be read to its end."""

    def say_continue(self) -> None:
        """The client waits for a word before it sends the body, which is wanted."""


class Reader:
    """httptools' parser and the request that is arriving."""

    __slots__ = (
        "_around",
        "_body",
        "_body_bytes",
        "_chunk",
        "_header_bytes",
        "_header_lines",
        "_headers",
        "_heads",
        "_in_head",
        "_owner",
        "_parser",
        "_size",
        "_url",
    )

    def __init__(self, owner: Owner, heads: Heads[Head], body_bytes: int) -> None:
        """Whole heads are remembered in `heads`. A body has at most `body_bytes`."""
        self._owner = owner
        self._heads = heads
        self._body_bytes = body_bytes
        self._parser = httptools.HttpRequestParser(self)
        self._chunk: bytes | None = None
        self._reset()

    def _reset(self) -> None:
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._header_bytes = 0
        self._header_lines = 0
        self._in_head = False
        self._body: bytes | bytearray = b""
        self._size = 0
        self._around = 0

    def feed(self, data: bytes, *, first: bool) -> None:
        """`first`: no request has begun before these bytes, which then are those of a whole head or the beginning."""
        self._chunk = data if first else None
        while data and not self._owner.deaf:
            data = self._fed(data)
        self._chunk = None

    def _fed(self, data: bytes) -> bytes:
        """Parse; what the parser has left, because it stopped at the offer of another protocol."""
        before, size = self._headers, self._size
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            return self._without_offer() + data[offer.args[0] :]
        except httptools.HttpParserError as error:
            said = msgspec.json.encode({"error": f"this is not HTTP/1.1: {error}"})
            self._owner.refuse(Response(HTTPStatus.BAD_REQUEST, said))
        if before is self._headers:  # nothing but more of one request came
            if self._size > size:
                self._owner.hold(self._size - size)
            # The parser keeps a header until it ends, and chunks may say more of themselves than they hold.
            self._around += len(data) - (self._size - size)
            if self._around > HEADER_BYTES + _AROUND * self._size:
                self._owner.refuse(_HEADERS_TOO_LARGE)
        return b""

    @property
    def of_head(self) -> bool:
        """Whether what is arriving asks for the head of an answer alone, as far as it can be told yet."""
        return bool(self._url) and bool(self._parser.get_method() == b"HEAD")

    def drop(self) -> None:
        """Keep nothing of a body that will not be read to its end."""
        self._reset()

    def _without_offer(self) -> bytes:
        """The head that offers another protocol, without the offer: a server need not take it up.

        Java's client makes one with its first request. The parser stops there, before the body.
        """
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        said = b"%b %b HTTP/%b\r\n" % (method, self._url, version)
        closes = b"close" in self._headers.pop(b"connection", b"").lower()
        for name in _OFFERS:
            self._headers.pop(name, None)
        lines = [b"%b: %b\r\n" % one for one in self._headers.items()]
        self._parser = httptools.HttpRequestParser(self)
        self._chunk = None
        self._reset()
        return said + b"".join(lines) + (b"connection: close\r\n\r\n" if closes else b"\r\n")

    # --- from the parser ---

    def on_message_begin(self) -> None:
        if not self._owner.deaf:
            self._owner.begun()
            self._in_head = True

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        # What follows a body is no header: a proxy that has looked at those has not looked at it.
        if self._in_head:
            name = name.lower()
            if name == b"host" and name in self._headers:
                # A proxy may have looked at the other one, and so may what keeps strangers' pages out.
                self._owner.refuse(Response(HTTPStatus.BAD_REQUEST, b'{"error":"the request has more than one Host"}'))
            self._headers[name] = value
            self._header_lines += 1

    def on_headers_complete(self) -> None:
        self._in_head = False
        headers = self._headers
        if self._parser.should_upgrade():
            if self._parser.get_method() == b"CONNECT":
                self._owner.refuse(Response(HTTPStatus.METHOD_NOT_ALLOWED, b'{"error":"this is no proxy"}'))
            return
        if b"host" not in headers and not self._old:
            self._owner.refuse(Response(HTTPStatus.BAD_REQUEST, b'{"error":"HTTP/1.1 requests name their Host"}'))
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._body_bytes:
            self._owner.refuse(too_large(self._path()[0], self._body_bytes))
        coding = headers.get(b"transfer-encoding")
        if coding is not None and (coding.strip().lower() != b"chunked" or self._old):
            said = f"Transfer-Encoding is {coding.decode(errors='replace')!r:.100}; HTTP/1.1's chunked is read here"
            self._owner.refuse(Response(HTTPStatus.BAD_REQUEST, msgspec.json.encode({"error": said})))
        expects = b"expect" in headers and headers[b"expect"].lower() == b"100-continue"
        if expects and not self._owner.deaf and not self._old:
            self._owner.say_continue()

    def on_body(self, body: bytes) -> None:
        if self._owner.deaf:
            return
        self._size += len(body)
        if self._size > self._body_bytes:
            self._owner.refuse(too_large(self._path()[0], self._body_bytes))
            return
        if self._body:
            # Not a list of pieces: a client that sends them byte by byte would make that twenty times as large.
            joined = self._body if isinstance(self._body, bytearray) else bytearray(self._body)
            joined += body
            self._body = joined
        else:
            self._body = body

    def on_message_complete(self) -> None:
        if self._owner.deaf or self._parser.should_upgrade():
            return
        path, query = self._path()
        request = Request(self._parser.get_method().decode(), path, self._headers, self._body, query)
        # HTTP/1.0 ends an answer with the connection, and only some of its clients know of another way.
        keep = self._parser.should_keep_alive() and not self._old
        if self._chunk is not None and keep:
            remember(self._heads, self._chunk, request, self._header_lines)
        self._chunk = None
        self._reset()
        self._owner.take(request, keep=keep)

    # --- own ---

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES:
            self._owner.refuse(_HEADERS_TOO_LARGE)

    @property
    def _old(self) -> bool:
        return bool(self._parser.get_http_version() != "1.1")

    def _path(self) -> tuple[str, str]:
        path, _, query = self._url.partition(b"?")
        if not path.startswith(b"/") and b"://" in path:
            # As a proxy is asked, which every server has to understand: the path begins after the host.
            path = b"/" + path.partition(b"://")[2].partition(b"/")[2]
        decoded = path.decode("latin-1")
        return (unquote(decoded) if "%" in decoded else decoded), query.decode("latin-1")
