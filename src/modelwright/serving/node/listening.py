"""Where connections come in: so many, holding so much, none of them too slow, and all of them let go in the end."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from modelwright.core.heads import Heads
from modelwright.serving.node.front import Front
from modelwright.serving.node.heads import Head
from modelwright.serving.node.protocol import Connection, Patience

_SWEEP_S = 1.0
CONNECTIONS = 16_384
# So many of the largest bodies may be here and unanswered at one time.
_LARGEST_BODIES = 8
# When there are too many connections, one in so many goes: looking at all of them is not for every newcomer.
_CROWD = 16


def shared_port(host: str, port: int) -> socket.socket:
    """A socket bound to a port that several processes of one user may have.

    The system divides new connections among those that listen there; until then this one gets none.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


class HttpServer:
    """Listens, sweeps out slow clients, and drains."""

    def __init__(self, front: Front, patience: Patience | None = None, *, connections: int = CONNECTIONS) -> None:
        """`connections` is how many there may be; for more, those go who have been silent for longest."""
        self.front = front
        self.connections: set[Connection] = set()
        self.heads: Heads[Head] = Heads()
        self.draining = False
        # Bytes of bodies that were not in one piece with their heads, from their arrival to their answers.
        self.held = 0
        self._most_held = _LARGEST_BODIES * front.body_bytes
        self._most = connections
        self._patience = patience or Patience()
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None
        # Read once a second: precise enough for patience, and free on the request path.
        self.now = 1.0

    async def listen(self, host: str, port: int, *, backlog: int = 2048) -> int:
        """Listen, and return the port, which the system chooses when it is 0."""
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        server = await loop.create_server(lambda: Connection(self), host, port, backlog=backlog)
        self._servers.append(server)
        self._sweeper = loop.create_task(self._sweep())
        return int(server.sockets[0].getsockname()[1])

    async def join(self, shared: socket.socket, *, backlog: int = 2048) -> None:
        """Listen there too; see `shared_port`."""
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: Connection(self), sock=shared, backlog=backlog))

    def welcome(self, newcomer: Connection) -> None:
        """Take a connection in, and make room for it if need be."""
        self.connections.add(newcomer)
        if len(self.connections) <= self._most:
            return
        silent = [one for one in self.connections if not one.owed and one is not newcomer]
        silent.sort(key=lambda one: one.heard)
        for one in silent[: max(1, self._most // _CROWD)] or [newcomer]:
            one.crowd_out()

    def hold(self, sender: Connection, size: int) -> None:
        """Count bytes that `sender` has sent, and make room: whoever has been at it for longest goes first."""
        self.held += size
        while self.held > self._most_held:
            unfinished = [one for one in self.connections if one.began and one.held]
            slowest = min(unfinished, key=lambda one: one.began, default=sender)
            slowest.crowd_out()
            if slowest is sender:
                return

    async def drain(self, grace_s: float = 30.0) -> None:
        """Take no more connections, answer what has been asked, and hang up."""
        self.draining = True
        for server in self._servers:
            server.close()
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
