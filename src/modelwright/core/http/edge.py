"""The edge: what happens to every request before a route sees it.

One ASGI layer around everything: a request id, the Host and Origin checks, limits on the target and the body,
times for Prometheus, and the access log. It is raw ASGI because it stands on the hot path of every request.

The Host check stops DNS rebinding: a page of a stranger that has its name point at 127.0.0.1 still sends its own
name. The Origin check stops cross-site writes: a browser says where a write comes from, and only this server's own
pages may write. Clients that are not browsers send no Origin.
"""

import itertools
import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from modelwright.core import limits
from modelwright.core.auth import Actor
from modelwright.core.errors import BadInput, Denied, ModelwrightError, TooLarge
from modelwright.core.http.request_id import set_request_id
from modelwright.core.ids import hex32
from modelwright.core.sites import is_own, same_site
from modelwright.core.telemetry import HttpMetrics

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]
App = Callable[[Any, Any, Any], Any]
Refusal = Callable[[str, ModelwrightError], tuple[int, bytes]]
"""Status and body for an error at a path: which dialect is spoken there is not the edge's business."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FOR_BALANCERS: Final = frozenset({"/health", "/ready"})  # asked under whatever name, or none, and telling nothing
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SLOW_S: Final = 1.0
_KNOWN_HOSTS: Final = 1024
_PROCESS: Final = hex32()[:12].encode()  # tells servers apart; a random id for each request would cost a system call
_count = itertools.count(1)
_ALWAYS: Final = [(b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"SAMEORIGIN")]

_log = logging.getLogger("modelwright.access")


class Edge:
    """Wraps `app`. `hosts` are names this server answers to besides the loopback and private addresses."""

    def __init__(
        self,
        app: App,
        *,
        hosts: Iterable[str],
        prefix: str,
        actor: Actor,
        metrics: HttpMetrics,
        access_log: bool,
        refusal: Refusal,
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._known_hosts: set[bytes] = set()
        self._prefix = prefix
        self._actor = actor
        self._metrics = metrics
        self._access_log = access_log
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        headers = dict(scope["headers"])
        if scope["method"] == "HEAD":
            # What a GET answers, without its body: on every route, none of which needs to know of it.
            scope = {**scope, "method": "GET", "head": True}
            send = _without_body(send)
        answer = _Answer(send, _request_id(headers))
        self._metrics.in_flight += 1
        try:
            self._check(scope, headers)
            scope["actor"] = self._actor
            await self._app(scope, _limited(receive, headers, scope), answer.send)
        except ModelwrightError as error:
            await answer.refuse(*self._refusal(scope["path"], error))
        except AnswerBegun:
            _log.warning("answer cut off", extra={"path": scope["path"]})
        finally:
            self._metrics.in_flight -= 1
            self._done(scope, answer, time.perf_counter() - begun)

    def _check(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        if self._prefix:
            path: str = scope["path"]
            if path == self._prefix or path.startswith(self._prefix + "/"):
                scope["path"] = path[len(self._prefix) :] or "/"
                scope["raw_path"] = scope["raw_path"][len(self._prefix) :] or b"/"
        if len(scope["raw_path"]) + len(scope["query_string"]) > limits.TARGET_BYTES:
            self._metrics.refused.labels("target").inc()
            raise TooLarge(f"the address is longer than {limits.TARGET_BYTES} bytes")
        if len(headers) < len(scope["headers"]):
            self._check_single(scope["headers"])
        host = headers.get(b"host", b"")
        if host not in self._known_hosts and scope["path"] not in _FOR_BALANCERS:
            self._check_host(host)
        if scope["method"] not in _SAFE and not same_site(headers):
            self._metrics.refused.labels("origin").inc()
            raise Denied("another site's page may not write here")

    def _check_single(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Raises BadInput for two of what the checks go by: somebody before us may have gone by the other."""
        names = [name for name, _ in headers]
        for name in (b"host", b"origin"):
            if names.count(name) > 1:
                self._metrics.refused.labels(name.decode()).inc()
                raise BadInput(f"the header {name.decode()} is there more than once")

    def _check_host(self, given: bytes) -> None:
        """Raises Denied for a name that is not ours; remembers one that is."""
        host = given.decode("latin-1").lower()
        if not is_own(host, self._hosts):
            self._metrics.refused.labels("host").inc()
            raise Denied(
                f"this server does not answer to the name {host!r}; add it to allowed_hosts if it is yours", host=host
            )
        if len(self._known_hosts) < _KNOWN_HOSTS:
            self._known_hosts.add(given)

    def _done(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        route = scope.get("path_template") or "unknown"
        method = "HEAD" if "head" in scope else scope["method"]
        self._metrics.observe(method, route, answer.status, seconds)
        if self._access_log or answer.status >= 500 or (seconds > _SLOW_S and "waits" not in scope):  # noqa: PLR2004 - HTTP's own number
            _log.info(
                "request",
                extra={
                    "method": method,
                    "path": scope["path"],
                    "status": answer.status,
                    "ms": round(seconds * 1000, 1),
                },
            )


class AnswerBegun(Exception):
    """An answer cannot become an error's any more: its status is sent. The web server then cuts the connection."""


class _Answer:
    """Adds our headers to the answer, and remembers its status."""

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            if self.status:
                raise AnswerBegun
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self._request_id), *_ALWAYS]
        await self._send(message)

    async def refuse(self, status: int, body: bytes) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})


def _without_body(send: Send) -> Send:
    async def sent(message: Any) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return sent


def _request_id(headers: dict[bytes, bytes]) -> bytes:
    """The caller's own id when it gives a decent one, so that logs of both sides meet; else a new one."""
    given = headers.get(b"x-request-id")
    chosen = given if given is not None and _REQUEST_ID.fullmatch(given) else b"%s%08x" % (_PROCESS, next(_count))
    set_request_id(chosen.decode())
    return chosen


def _limited(receive: Receive, headers: dict[bytes, bytes], scope: Scope) -> Receive:
    """`receive` that refuses a body beyond the limit; a streamed upload lifts it with `scope["unlimited_body"]`.

    One that says itself that it is too long is refused before it is read: nobody sends it for nothing.
    """
    declared = headers.get(b"content-length", b"0")
    announced = int(declared) if declared.isdigit() else 0
    if declared.isdigit() and announced <= limits.BODY_BYTES and b"transfer-encoding" not in headers:
        return receive
    seen = 0

    def check() -> None:
        if max(announced, seen) > limits.BODY_BYTES and not scope.get("unlimited_body"):
            raise TooLarge(f"the body is larger than {limits.BODY_BYTES} bytes")

    async def counted() -> Any:
        nonlocal seen
        check()
        message = await receive()
        seen += len(message.get("body", b""))
        check()
        return message

    return counted
