"""Litestar's application, with its routes put in at once and looked into when they are first asked."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from litestar import Litestar
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.routes import HTTPRoute


class Application(Litestar):
    """Litestar for a house with many routes.

    Litestar takes handlers one by one, makes the route of a path anew with each that comes to it, and the table of
    all paths anew with each route. For our 230 handlers that was two fifths of the server's start after the imports.
    """

    def __init__(self, *, route_handlers: Iterable[HTTPRouteHandler], **settings: Any) -> None:
        super().__init__(route_handlers=[], **settings)
        by_path: dict[str, list[HTTPRouteHandler]] = {}
        for handler in route_handlers:
            own = copy(handler)  # what it resolves through its owner is kept on it; another application may follow
            own.owner = self
            for path in own.paths:
                by_path.setdefault(path, []).append(own)
        routes = [_Route(self, path, handlers) for path, handlers in by_path.items()]
        for route in routes:
            self.routes.append(route)
            for plugin in self.plugins.receive_route:
                plugin.receive_route(route)
        self.asgi_router.construct_routing_trie()
        for route in routes:
            route.listed = True

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        """Only what our messages need: Litestar would load pydantic and attrs wherever they happen to be installed."""
        return [*plugins, MsgspecDIPlugin()]


class _Route(HTTPRoute):
    """A path whose handlers' parameters are looked into when somebody first reads `route_handler_map`.

    That takes a millisecond a handler, and a quarter of a second at every start for all of them. While routes are
    being listed the map holds None for each handler's parameters. A handler that Litestar refuses is found by
    whoever describes the routes: `modelwright openapi`, and so the tests.
    """

    __slots__ = ("_app", "_map", "listed")

    def __init__(self, app: Litestar, path: str, handlers: list[HTTPRouteHandler]) -> None:
        self._app = app
        self._map: dict[Any, tuple[HTTPRouteHandler, Any]] = {}
        self.listed = False
        # The last first, as Litestar has them: its description of a message depends on where it meets it first.
        super().__init__(path=path, route_handlers=handlers[::-1])
        for handler in self.route_handlers:
            for method in handler.http_methods:
                if method in self._map:
                    raise ImproperlyConfiguredException(f"two handlers for {method} {path}")
                self._map[method] = (handler, None)

    @property
    def route_handler_map(self) -> dict[Any, tuple[HTTPRouteHandler, Any]]:
        if self.listed:
            for handler in self.route_handlers:
                handler.on_registration(self._app)
            for method, (handler, _) in self._map.items():
                self._map[method] = (handler, handler.create_kwargs_model(path_parameters=self.path_parameters))
            self.listed = False
        return self._map

    @route_handler_map.setter
    def route_handler_map(self, value: Any) -> None:
        """Litestar's route begins with an empty one."""
