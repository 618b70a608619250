"""Where requests of the MLflow protocol meet their handlers.

A part of the protocol is a table of endpoints: method, path, request, handler, permission. `protocol` turns
tables into ASGI handlers, one for each path and prefix, and Litestar routes for the few paths with fields in them:
building Litestar's Request and Response takes longer than logging a metric does.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from modelwright.core.auth import Actor, Permission
from modelwright.core.errors import BadInput
from modelwright.core.http.guard import check
from modelwright.mlflow_api.decode import Decoder, check_content_type
from modelwright.mlflow_api.encode import EMPTY, encode
from modelwright.mlflow_api.errors import error_answer
from modelwright.mlflow_api.house import House
from modelwright.mlflow_api.wire.values import Empty, Request, Response

R = TypeVar("R", bound=Request)

API: Final = ("/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/")
API_3: Final = ("/api/3.0/mlflow/", "/ajax-api/3.0/mlflow/")
PROXY: Final = ("/api/2.0/mlflow-artifacts/", "/ajax-api/2.0/mlflow-artifacts/")
PAGE_ONLY: Final = ("/ajax-api/2.0/mlflow/",)
ROOT: Final = ("/",)

_JSON: Final = (b"content-type", b"application/json")
_RETRY_S: Final = {429: b"1", 503: b"1", 507: b"30"}
_NO_SUCH_METHOD: Final = b'{"error_code":"ENDPOINT_NOT_FOUND","message":"this address takes other methods"}'


class Call:
    """One request: who asks, what of the house may be used, and the scope for what is not in the message."""

    __slots__ = ("actor", "house", "scope")

    def __init__(self, house: House, scope: Scope) -> None:
        self.house = house
        self.scope = scope
        self.actor: Actor = scope["actor"]  # type: ignore[typeddict-item]  # put there by core.http.edge

    def header(self, name: bytes) -> str | None:
        """`name` in lower case; None when the client did not send it."""
        return _header(self.scope, name)

    @property
    def forced(self) -> bool:
        """Whether the client says that it means a deletion of what something relies on."""
        return (self.header(b"x-modelwright-force") or "").lower() == "true"


Handle = Callable[[Call, R], Awaitable[Response]]
Serve = Callable[[Call, Receive, Send], Awaitable[None]]


class Endpoint:
    """`path` is relative to each of `prefixes`; in braces a field of the request that the path carries."""

    __slots__ = ("method", "needs", "path", "prefixes", "serve")

    def __init__(
        self, method: str, path: str, serve: Serve, *, needs: Permission, prefixes: tuple[str, ...] = API
    ) -> None:
        self.method = method
        self.path = path
        self.serve = serve
        self.needs = needs
        self.prefixes = prefixes


def endpoint(
    method: str,
    path: str,
    kind: type[R],
    handle: Handle[R],
    *,
    needs: Permission,
    prefixes: tuple[str, ...] = API,
) -> Endpoint:
    """An endpoint that takes a message and answers one. What `handle` raises is rendered here."""
    decoder = Decoder(kind)
    in_path = "{" in path
    is_get = method == "GET"

    async def serve(call: Call, receive: Receive, send: Send) -> None:
        scope = call.scope
        query: bytes = scope["query_string"]
        if is_get and (query or in_path):
            request = decoder.query_and_path(query, scope["path_params"]) if in_path else decoder.query(query)
        else:
            check_content_type(method, _header(scope, b"content-type"))
            content = await body(receive)
            request = decoder.body_and_path(content, scope["path_params"]) if in_path else decoder.body(content)
        answer = await handle(call, request)
        await reply(send, 200, EMPTY if type(answer) is Empty else encode(answer))

    return Endpoint(method, path, serve, needs=needs, prefixes=prefixes)


class Served(NamedTuple):
    """How endpoints are served: each fixed path by a handler of its own, those with fields in them by Litestar."""

    fixed: Mapping[str, ASGIApp]
    routes: list[HTTPRouteHandler]


class Shortcut:
    """ASGI: a request for a fixed path of the protocol goes straight to its handler, any other to `app`.

    Litestar's way to a handler costs a third of what the event loop does for a logged metric, and a tenth of the
    server's start for the hundred paths of the protocol.
    """

    def __init__(self, app: ASGIApp, fixed: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._fixed = fixed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        serve = self._fixed.get(path)
        if serve is None and path.endswith("/"):
            path = path.rstrip("/")
            serve = self._fixed.get(path)
        if serve is None:
            await self._app(scope, receive, send)
        else:
            scope["path_template"] = path
            await serve(scope, receive, send)


def protocol(house: House, endpoints: Iterable[Endpoint]) -> Served:
    """Raises ValueError when two endpoints have the same method and path."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for each in endpoints:
        for prefix in each.prefixes:
            methods = by_path.setdefault(prefix + each.path, {})
            if each.method in methods:
                raise ValueError(f"two endpoints for {each.method} {prefix}{each.path}")
            methods[each.method] = each
    fixed: dict[str, ASGIApp] = {}
    routes: list[HTTPRouteHandler] = []
    for path, methods in by_path.items():
        if "{" in path:
            routes.extend(_parametrised(house, path, each) for each in methods.values())
        else:
            fixed[path] = _fixed(house, methods)
    return Served(fixed, routes)


def _fixed(house: House, methods: Mapping[str, Endpoint]) -> ASGIApp:
    allowed = ", ".join(sorted({*methods, "OPTIONS"})).encode()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]  # type: ignore[typeddict-item]  # an HTTP scope
        chosen = methods.get(method)
        if chosen is None:
            await _tell_methods(send, allowed, asked=method == "OPTIONS")
        else:
            await _serve(house, chosen, scope, receive, send)

    return serve


def _parametrised(house: House, path: str, chosen: Endpoint) -> HTTPRouteHandler:
    # Litestar 2 finds no path parameters for an ASGI route (it looks them up by method). These routes are few
    # and seldom asked.
    async def serve() -> ASGIApp:
        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await _serve(house, chosen, scope, receive, send)

        return answer

    return HTTPRouteHandler(
        path,
        http_method=HttpMethod(chosen.method),
        status_code=200,
        opt={"needs": chosen.needs},
        include_in_schema=False,
    )(serve)


async def _serve(house: House, chosen: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        check(scope, chosen.needs)
        await chosen.serve(Call(house, scope), receive, send)
    except Exception as error:  # noqa: BLE001 - the edge of a request: everything becomes an answer
        await refuse(send, error)


async def body(receive: Receive) -> bytes:
    """The whole body; its size is limited by the server's edge. Raises BadInput when the client hangs up."""
    message: Any = await receive()
    content: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body"):
        return content
    parts = [content]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    if message["type"] != "http.request":
        raise BadInput("the request was cut off before its end")
    return b"".join(parts)


async def reply(send: Send, status: int, content: bytes, *headers: tuple[bytes, bytes]) -> None:
    """A whole answer in JSON."""
    length = (b"content-length", str(len(content)).encode())
    start: Any = {"type": "http.response.start", "status": status, "headers": [_JSON, length, *headers]}
    await send(start)
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def _tell_methods(send: Send, allowed: bytes, *, asked: bool) -> None:
    """The answer to OPTIONS, or to a method that the address does not take."""
    if not asked:
        await reply(send, 405, _NO_SUCH_METHOD, (b"allow", allowed))
        return
    start: Any = {"type": "http.response.start", "status": 204, "headers": [(b"allow", allowed)]}
    await send(start)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def refuse(send: Send, error: Exception) -> None:
    """The answer for `error` in MLflow's dialect."""
    status, content = error_answer(error)
    retry = _RETRY_S.get(status)
    await reply(send, status, content, *([(b"retry-after", retry)] if retry else []))


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None
