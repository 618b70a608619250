"""A node that follows a board on which the test pins what is to be served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from modelwright.core.errors import Unavailable
from modelwright.serving.model import DesiredDeployment, DesiredState, Route, RouteStatus
from tests.serving.node.live import LiveNode, Shelf


class Board(Shelf):
    """`pin` says what to serve; while `away`, files cannot be had, and while `broken`, not be written; those in
    `kept_back` are waited for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.broken: OSError | None = None
        self.kept_back: set[str] = set()
        self._pinned: DesiredState | None = None

    def pin(self, *deployments: DesiredDeployment, revision: int | None = None) -> None:
        if revision is None:
            revision = self._pinned.revision + 1 if self._pinned is not None else 0
        self._pinned = DesiredState(revision=revision, deployments=deployments)

    def serve(self, *routes: Route, name: str = "api") -> None:
        self.pin(DesiredDeployment(name=name, routes=routes))

    def keep_back(self, route: Route) -> None:
        self.kept_back |= {file.digest for file in route.files}

    async def desired(self, after: int, wait_s: float) -> DesiredState | None:
        until = asyncio.get_running_loop().time() + wait_s
        while self._pinned is None or self._pinned.revision == after:
            if asyncio.get_running_loop().time() >= until:
                return None
            await asyncio.sleep(0.01)
        return self._pinned

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        while digest in self.kept_back:  # noqa: ASYNC110 - the test's own thread lets go of it
            await asyncio.sleep(0.01)
        if self.away:
            raise Unavailable("the server does not answer")
        if self.broken is not None:
            raise self.broken
        async for chunk in super().fetch(digest):
            yield chunk


class Follower(LiveNode):
    """A live node that follows its board from the beginning."""

    def __init__(self, home: Path, board: Board) -> None:
        super().__init__(home, board)
        self._following = asyncio.run_coroutine_threadsafe(self.node.run(), self._loop)

    def status(self, route: str) -> tuple[RouteStatus, str] | None:
        """What the server would hear of the route; None before it would hear anything."""

        async def look() -> tuple[RouteStatus, str] | None:
            await asyncio.sleep(0)
            found = [(one.status, one.reason) for one in self.node.report().routes if one.route == route]
            return found[0] if found else None

        return self.do(look())

    def close(self) -> None:
        self._following.cancel()
        super().close()
