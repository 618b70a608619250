"""A node on a port of this machine, run by a thread, for tests that speak HTTP to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
import uvloop

from modelwright.core.errors import NotFound
from modelwright.serving.model import DesiredDeployment, DesiredState, NodeReport, Route
from modelwright.serving.node.ledger import Sink
from modelwright.serving.node.listening import HttpServer
from modelwright.serving.node.node import Node
from modelwright.serving.node.protocol import Patience
from modelwright.serving.node.sources import route_from_folder

T = TypeVar("T")


class Shelf:
    """A source whose desired state is what the test has put there; files come from model folders."""

    def __init__(self) -> None:
        self.paths: dict[str, Path] = {}
        self.reports: list[NodeReport] = []

    def route(self, folder: Path, model: str = "cancer", number: int = 1, **changes: Any) -> Route:
        route, paths = route_from_folder(folder, model, number)
        self.paths |= paths
        return msgspec.structs.replace(route, **{"id": f"r{number}", **changes})

    async def desired(self, after: int, wait_s: float) -> DesiredState | None:
        del after
        await asyncio.sleep(wait_s)
        return None

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        if digest not in self.paths:
            raise NotFound(f"{digest} is not on the shelf")
        yield self.paths[digest].read_bytes()

    async def report(self, report: NodeReport) -> None:
        self.reports.append(report)

    async def close(self) -> None:
        """Nothing is open."""


class LiveNode:
    """`url` answers from construction to `close`. `serve` brings a deployment to the given routes."""

    def __init__(
        self,
        home: Path,
        shelf: Shelf,
        *,
        sinks: Sequence[Sink] = (),
        patience: Patience | None = None,
        body_bytes: int = 64 * 1024 * 1024,
        python: Path | None = None,
        conversion_wait_s: float = 600.0,
    ) -> None:
        self.shelf = shelf
        self._revision = 0
        self._state = DesiredState(revision=0)
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        node = Node(
            name="test",
            home=home,
            source=shelf,
            software="test",
            sinks=sinks,
            body_bytes=body_bytes,
            python=python,
            conversion_wait_s=conversion_wait_s,
        )
        self.node, self.server, port = self.do(_started(node, patience))
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.http = httpx.Client(base_url=self.url, timeout=60)

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` on the node's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(600)

    def apply(self, *deployments: DesiredDeployment) -> None:
        self._revision += 1
        self.do(self.node.apply(DesiredState(revision=self._revision, deployments=deployments)))

    def serve(self, *routes: Route, name: str = "api", **changes: Any) -> None:
        self.apply(DesiredDeployment(name=name, routes=routes, **changes))

    def serve_all(self, **routes: Route) -> None:
        """Bring the node to these deployments, each with one route."""
        self.apply(*[DesiredDeployment(name=name, routes=(route,)) for name, route in routes.items()])

    def close(self) -> None:
        self.http.close()
        self.do(self.server.drain(5.0))
        self.do(self.node.drain())
        # Killed workers are waited for in the background; let that end before the loop does.
        self.do(_others_done())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _started(node: Node, patience: Patience | None) -> tuple[Node, HttpServer, int]:
    server = HttpServer(node.front, patience)
    return node, server, await server.listen("127.0.0.1", 0)


async def _others_done() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=10)
