"""The node as a process: listen, follow the source, and on SIGTERM finish what was begun."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import uvloop

from modelwright import __version__
from modelwright.core.errors import BadInput
from modelwright.core.sites import without_port
from modelwright.serving.node.front import Front
from modelwright.serving.node.ledger import Sink
from modelwright.serving.node.listening import CONNECTIONS, HttpServer, shared_port
from modelwright.serving.node.node import Node
from modelwright.serving.node.sources import Source
from modelwright.serving.node.turns import take_short_turns

_LAST_S = 1.0
# How long a node keeps away from a shared port for what does not load: it may have other things to answer with.
_JOIN_S = 60.0
# Open files that are kept from callers' connections: for the ledger, workers, models and news.
_OWN_FILES = 256
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_log = logging.getLogger(__name__)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`port` 0 lets the system choose; `grace_s` is what SIGTERM leaves for answers under way.

    `address` is where callers reach the node, when that is not where it listens. `unready_s` is how long a node that
    was told to stop still takes requests while it says that it is not ready, so that a load balancer can look away
    first. `grpc_port` None is no gRPC. `python` is an interpreter in which every model finds what it needs.

    With an `own_port`, other nodes of this machine may listen on `port` too, and the system divides callers'
    connections among them. This node alone answers on `own_port`, where 0 lets the system choose, and joins others that
    answer already once it has loaded what it should serve.
    """

    name: str
    home: Path
    host: str = "127.0.0.1"
    port: int = 8001
    grace_s: float = 30.0
    unready_s: float = 0.0
    body_bytes: int = 64 * 1024 * 1024
    address: str = ""
    grpc_port: int | None = None
    own_port: int | None = None
    python: Path | None = None


def software() -> str:
    return __version__


async def serve(
    options: Options, source: Source, sinks: Sequence[Sink] = (), listening: Callable[[int], None] = lambda _: None
) -> bool:
    """Serve until SIGTERM or SIGINT. `listening` is told the port. False when a model computes on even so."""
    node = Node(
        name=options.name,
        home=options.home,
        source=source,
        software=software(),
        sinks=sinks,
        body_bytes=options.body_bytes,
        python=options.python,
    )
    server = HttpServer(node.front, connections=_room())
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    own = options.port if options.own_port is None else options.own_port
    try:
        shared = shared_port(options.host, options.port) if options.own_port is not None else None
        port = await server.listen(options.host, own)
    except OSError as error:
        raise BadInput(
            f"cannot listen on {options.host}:{own}: {os.strerror(error.errno or 0)}; choose another --port (for the "
            "node that a server starts: the server's --node-port)"
        ) from error
    node.address = options.address or f"http://{options.host}:{port if shared is None else options.port}"
    if options.host in _LOCAL:
        node.front.own_names = frozenset({without_port(urlsplit(node.address).netloc.lower())})
    _log.info("node %s listens on %s:%d", options.name, options.host, port)
    rpc = await _listen_rpc(node.front, options)
    listening(port)
    following = loop.create_task(node.run())
    stopping = loop.create_task(stop.wait())
    tasks = {following, stopping}
    if shared is not None:
        node.own_address = _beside(node.address, port)
        tasks.add(loop.create_task(_join(server, shared, node.front, stop)))
    await asyncio.wait({following, stopping}, return_when=asyncio.FIRST_COMPLETED)
    node.front.draining = True
    await asyncio.sleep(options.unready_s)
    ends = loop.time() + options.grace_s
    await asyncio.gather(server.drain(options.grace_s), _stop_rpc(rpc, options.grace_s))
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    # Whoever is not answered by now has been hung up on.
    return await node.drain(max(ends - loop.time(), _LAST_S))


async def _join(server: HttpServer, shared: socket.socket, front: Front, stop: asyncio.Event) -> None:
    """Take a part of the callers. While others can answer them all, only once everything is loaded here too."""
    if await _is_answered(shared):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_JOIN_S):
                await front.was_ready.wait()
    if not stop.is_set():
        await server.join(shared)
        _log.info("callers of port %d reach this node too", shared.getsockname()[1])


def _beside(address: str, port: int) -> str:
    """Another port where `address` is."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


async def _is_answered(shared: socket.socket) -> bool:
    host, port = shared.getsockname()[:2]
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True


def _room() -> int:
    """How many connections there may be: a process may open so many files, and callers shall not have all of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < CONNECTIONS + _OWN_FILES and soft != resource.RLIM_INFINITY:
        wanted = CONNECTIONS + _OWN_FILES if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + _OWN_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return CONNECTIONS if soft == resource.RLIM_INFINITY else max(_OWN_FILES, min(CONNECTIONS, soft - _OWN_FILES))


async def _listen_rpc(front: Front, options: Options) -> Any:
    if options.grpc_port is None:
        return None
    try:
        rpc = importlib.import_module("modelwright.serving.node.rpc.server")
    except ModuleNotFoundError as error:
        raise BadInput(f"gRPC needs {error.name}; install modelwright[grpc]") from error
    server, port = await rpc.listen(front, software(), options.host, options.grpc_port)
    _log.info("gRPC listens on %s:%d", options.host, port)
    return server


async def _stop_rpc(server: Any, grace_s: float) -> None:
    if server is not None:
        await server.stop(grace_s)


def run(
    options: Options,
    source: Callable[[], Source],
    sinks: Sequence[Sink] = (),
    listening: Callable[[int], None] = lambda _: None,
) -> None:
    """`serve` on a loop of its own; `source` is made on that loop.

    Does not return when a model computes on in native code: the process ends here, with status 0.
    """

    async def start() -> bool:
        return await serve(options, source(), sinks, listening)

    _favour_answers()
    if not uvloop.run(start()):
        # All is written and closed. Were Python to take itself down around that code, it would end in an abort.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _favour_answers() -> None:
    """Let neither another process or thread nor the garbage collector keep callers waiting for long.

    A thread that computes gives way after 0.5 ms and not only after Python's 5. Answers leave no cycles behind, and
    what waits for the ledger is much and short-lived: with Python's thresholds the collector goes through it in vain.
    """
    take_short_turns()
    sys.setswitchinterval(0.0005)
    gc.set_threshold(20_000, 20, 20)
