"""The server process."""

import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import uvicorn

from modelwright.app import build_app, companions, job_handlers
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database
from modelwright.core.errors import BadInput
from modelwright.core.home import hold
from modelwright.core.http.connection import Connection
from modelwright.core.jobs import Runner
from modelwright.core.settings import Settings
from modelwright.core.telemetry import set_up_logging
from modelwright.serving.jobs import LocalNode
from modelwright.serving.shown import LOCAL_NODE


def run_server(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises our errors when the server cannot start."""
    gc.disable()  # all that is made until the server runs is to stay
    set_up_logging(level=settings.log_level, style=settings.log_format)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listener(settings))
        address = f"http://{settings.host}:{listener.getsockname()[1]}{settings.url_prefix}"
        stack.enter_context(hold(settings, address, now_ms()))
        db = open_database(settings.database_url)
        stack.callback(db.close)
        app = build_app(settings, db)
        for companion in (Runner(db, job_handlers(settings)), *companions(settings, db)):
            companion.start()
            stack.callback(companion.close)
        _start_local_nodes(stack, settings, db, address)
        gc.freeze()  # so that no collection ever looks at it
        gc.enable()
        sys.stdout.write(f"Modelwright is at {address}  (home: {settings.home_path}; Ctrl-C stops it)\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            app,
            http=Connection,
            proxy_headers=False,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_graceful_shutdown=max(1, round(settings.shutdown_s)),
        )
        # Uvicorn, once it has shut down, raises the signal again for whoever was there before it. By default that
        # would end the process on the spot, with the database open and our child processes alone.
        signal.signal(signal.SIGTERM, _leave)
        uvicorn.Server(config).run(sockets=[listener])


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(0)


def _start_local_nodes(stack: contextlib.ExitStack, settings: Settings, db: Database, address: str) -> None:
    """Have nodes of this machine's own as soon as something is deployed. Several share the port."""
    nodes = []
    for number in range(1, settings.local_nodes + 1 if settings.local_node else 1):
        suffix = f"-{number}" if number > 1 else ""
        home = settings.home_path / f"node{suffix}"
        command = [sys.executable, "-m", "modelwright", "node", "--server", address, "--name", LOCAL_NODE + suffix]
        command += ["--home", str(home), "--port", str(settings.node_port)]
        if settings.local_nodes > 1:
            key = settings.home_path / "node" / "ledger.key"
            command += ["--own-port", str(settings.node_port + number), "--ledger-key", str(key)]
        nodes.append(LocalNode(db, command, home=home))
        nodes[-1].start()
    stack.callback(_close_together, nodes)


def _close_together(nodes: Sequence[LocalNode]) -> None:
    """Each answers to its end what it has begun, and none of them waits for another with that."""
    with ThreadPoolExecutor(max(1, len(nodes))) as pool:
        list(pool.map(LocalNode.close, nodes))


def _listener(settings: Settings) -> socket.socket:
    """A bound socket. Taking the port first means that two servers never share one. Raises BadInput."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise BadInput(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another --port"
        ) from error
    return listener
