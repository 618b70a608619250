"""Litestar's application, with its routes put in at once."""

from collections.abc import Iterable
from copy import copy
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
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
        for path, handlers in by_path.items():
            # The last first, as Litestar has them: its description of a message depends on where it meets it first.
            route = HTTPRoute(path=path, route_handlers=handlers[::-1])
            for each in route.route_handlers:
                each.on_registration(self)
            route.create_handler_map()
            self.routes.append(route)
            for plugin in self.plugins.receive_route:
                plugin.receive_route(route)
        self.asgi_router.construct_routing_trie()
