"""A server with this room alone in it, on a real port, so that uploads and downloads are cut off as in life."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec
import pytest
import uvicorn
from litestar import Litestar
from litestar.di import Provide
from prometheus_client import CollectorRegistry

from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.routes import ROUTES
from modelwright.artifacts.transfers import Transfers
from modelwright.core.auth import local_user
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import BadInput, NotFound
from modelwright.core.http.edge import Edge
from modelwright.core.http.given import given
from modelwright.core.http.guard import needs_are_met
from modelwright.core.http.render import error_body, render
from modelwright.core.telemetry import HttpMetrics

RUN = "runs/" + "4f" * 16
DELETED = "runs/" + "de" * 16


class KnownOwners:
    """One run that takes files and one that is deleted."""

    def location(self, tx: ReadTx, owner: str, *, writing: bool) -> str:
        if owner not in {RUN, DELETED}:
            raise NotFound(f"no {owner}")
        if writing and owner == DELETED:
            raise BadInput(f"{owner} is deleted")
        return f"mlflow-artifacts:/1/{owner.partition('/')[2]}/artifacts"


class Served:
    """An ASGI application on a port of its own, in a thread."""

    def __init__(self, app: Any) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=2))
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        asyncio.run(self.server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        self._thread.start()
        self._socket.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def blobs_root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(blobs_root: Path, tmp_path: Path) -> Blobs:
    return open_blobs(blobs_root.as_uri(), tmp_path / "incoming")


@pytest.fixture
def transfers(db: Database, blobs: Blobs) -> Iterator[Transfers]:
    made = Transfers(db, blobs, KnownOwners())
    yield made
    made.close()


@pytest.fixture
def client(db: Database, transfers: Transfers) -> Iterator[httpx.Client]:
    app = Litestar(
        route_handlers=ROUTES,
        dependencies={**given(db), "files": Provide(lambda: transfers, sync_to_thread=False)},
        guards=[needs_are_met],
        exception_handlers={Exception: render},
        request_max_body_size=None,
        logging_config=None,
    )
    edge = Edge(
        app,
        hosts=[],
        prefix="",
        actor=local_user("ann"),
        metrics=HttpMetrics(CollectorRegistry()),
        access_log=False,
        refusal=lambda _, error: (error.status, msgspec.json.encode(error_body(error))),
    )
    with Served(edge) as served, httpx.Client(base_url=f"{served.url}/api/v1/artifacts", timeout=60) as client:
        yield client
