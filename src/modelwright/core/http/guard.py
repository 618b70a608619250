"""Permissions on routes. A route that declares none is closed, and the server does not start with one."""

from collections.abc import Iterable, Mapping
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.routes import ASGIRoute, BaseRoute, HTTPRoute, WebSocketRoute

from modelwright.core.auth import Actor, Permission
from modelwright.core.errors import Denied, Unauthenticated


async def needs_are_met(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]  # any user, any state
    """Litestar guard; a coroutine, because Litestar sends a plain function to a thread for every request.

    Raises Denied when the actor lacks what the route declares under `needs`. Only the OPTIONS handlers that Litestar
    adds by itself declare nothing: they tell which methods an address takes, and `undeclared` keeps all others out.
    """
    if connection.scope.get("method") != "OPTIONS":
        check(connection.scope, handler.opt["needs"])


def check(scope: Mapping[str, Any], needed: Permission) -> None:
    """For a route that serves several methods itself. Raises Denied, or Unauthenticated when nobody is known."""
    if needed is Permission.PUBLIC:
        return
    actor = scope.get("actor")
    if not isinstance(actor, Actor):
        raise Unauthenticated("this server knows nobody who asks like this; log in")
    if needed not in actor.permissions:
        raise Denied(f"{actor.name} lacks the permission {needed.value!r}", permission=needed.value)


def undeclared(app: Litestar) -> list[str]:
    """The routes without a permission, as `METHOD path`."""
    return [f"{'/'.join(sorted(methods))} {path}" for path, methods, needs in route_table(app) if needs is None]


def route_table(app: Litestar) -> Iterable[tuple[str, set[str], Permission | None]]:
    """Every handler's path, methods and declared permission; Litestar's own OPTIONS handlers are left out."""
    for route in app.routes:
        for handler in _handlers(route):
            methods = {str(m) for m in getattr(handler, "http_methods", {"ASGI"})} - {"OPTIONS"}
            if methods:
                yield route.path, methods, handler.opt.get("needs")


def _handlers(route: BaseRoute) -> Iterable[BaseRouteHandler]:
    if isinstance(route, HTTPRoute):
        return route.route_handlers
    return [route.route_handler] if isinstance(route, ASGIRoute | WebSocketRoute) else []
