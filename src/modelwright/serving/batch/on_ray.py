"""Copies of a model on a Ray cluster: each in a process of its own, wherever the cluster has a processor for it.

A copy is a runner like any other, so that reading, order, parts and going on after a stop are those of a run without
Ray. Its process needs this package, as it is here; the version's files come with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import ray
from ray.exceptions import RayError

from modelwright.core.errors import BadInput, Internal, ModelwrightError, Unavailable
from modelwright.serving.batch.asking import ask
from modelwright.serving.model import Route
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.files import Files
from modelwright.serving.node.large.work import Reading
from modelwright.serving.node.loading import Loaded, Loader, load_replicas
from modelwright.serving.node.replicas import Replicated
from modelwright.serving.node.runners import Ran
from modelwright.serving.node.signature import Column, Signature
from modelwright.serving.node.tables import Table
from modelwright.serving.node.threads import Threads

LOCAL = "local"
_CONNECT_S = 10.0
# A copy whose machine is lost is made anew elsewhere, so many times, and asked its rows again.
_TRIES = 3


class Copy:
    """The model in a process of the cluster."""

    def __init__(self, route: Route, files: dict[str, bytes]) -> None:
        """`files` are those of the version by their digests."""
        self._route = route
        self._files = files
        self._home = tempfile.TemporaryDirectory(prefix="modelwright-ray-", ignore_cleanup_errors=True)
        self._threads = Threads(1)
        self._loaded: Loaded | None = None

    async def load(self) -> tuple[Reading, str, tuple[Column, ...]] | ModelwrightError:
        """How rows are read, the engine and the outputs."""
        try:
            loaded = await self._model()
        except ModelwrightError as error:
            return error
        return Reading.of(loaded.schema), loaded.runner.engine, loaded.runner.outputs

    async def predict(self, table: Table, *, more: bool, timeout_s: float) -> Answer | ModelwrightError:
        try:
            loaded = await self._model()
            return await ask(loaded.runner, table, more=more, timeout_s=timeout_s)
        except ModelwrightError as error:
            return error

    async def _model(self) -> Loaded:
        if self._loaded is None:
            home = Path(self._home.name)
            folder = await Files(home).version(self._route, self._fetch)
            loader = Loader(environments=Environments(_environments()), home=home, threads=self._threads)
            self._loaded = await load_replicas(loader, folder, self._route)
        return self._loaded

    async def _fetch(self, digest: str) -> AsyncIterator[bytes]:
        yield self._files[digest]


def _environments() -> Path:
    """Kept from one run to the next, as the terminal's own are."""
    return Path.home() / ".cache" / "modelwright" / "versions" / "environments"


class RayRunner:
    """A `Runner` over one copy."""

    isolated = True
    mixes = True
    cost_s = 0.0
    waits = True
    outruns = False
    restarts = 0
    signature: Signature | None = None

    def __init__(self, copy: Any, engine: str, outputs: tuple[Column, ...]) -> None:
        self._copy = copy
        self.engine = engine
        self.outputs = outputs
        self._asking: set[asyncio.Task[None]] = set()

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        del params  # files have none
        asked = self._copy.predict.remote(table, more=more, timeout_s=timeout_s)
        task = asyncio.get_running_loop().create_task(_told(asked, ran))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def memory_bytes(self) -> int:
        return 0

    def close(self) -> None:
        ray.kill(self._copy)


async def _told(asked: Any, ran: Ran) -> None:
    try:
        found: Answer | ModelwrightError = await asked
    except RayError as error:
        found = _lost(error)
    ran(found)


def _lost(error: RayError) -> ModelwrightError:
    return Unavailable(f"the Ray cluster lost a copy of the model; start again, and it goes on: {_first_line(error)}")


@contextlib.contextmanager
def cluster(address: str, copies: int) -> Iterator[None]:
    """A connection to the cluster at `address`; `local` starts one on this machine, for as long as this lasts.

    Raises Unavailable when no cluster answers there, and BadInput when it has too few processors for so many copies.
    """
    # Nobody here has agreed to its reports, which go to its makers by default.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    if address == LOCAL:
        quiet |= {"include_dashboard": False, "num_cpus": max(copies, os.cpu_count() or 1)}
    else:
        _reachable(address)
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        raise Unavailable(f"no Ray cluster answers at {address!r}: {_first_line(error)}") from error
    try:
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray's own gap
        have = int(resources.get("CPU", 0))
        if have < copies:
            raise BadInput(f"the Ray cluster has {have} processors; {copies} copies of the model need one each")
        yield
    finally:
        ray.shutdown()


def _reachable(address: str) -> None:
    """Ray itself tries for minutes, and ends the whole process when nobody answers."""
    host, _, port = address.rpartition("://")[2].partition("/")[0].rpartition(":")
    if not port.isdigit():
        return  # "auto", or something that Ray has words for
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S).close()
    except OSError as error:
        raise Unavailable(f"no Ray cluster answers at {address!r}: {error}") from error


async def load_copies(folder: Path, route: Route) -> Loaded:
    """As many copies as the route has replicas. Raises what the loader raises, there."""
    files = {one.digest: await asyncio.to_thread((folder / one.path).read_bytes) for one in route.files}
    held = ray.put(files)
    alone = msgspec.structs.replace(route, replicas=1)
    options = {"num_cpus": 1, "max_restarts": _TRIES, "max_task_retries": _TRIES}
    copies: list[Any] = [ray.remote(Copy).options(**options).remote(alone, held) for _ in range(route.replicas)]
    runners, reading = [], None
    for copy in copies:
        try:
            found = await copy.load.remote()
        except RayError as error:
            if "ModuleNotFoundError" in str(error) or "No module named" in str(error):
                version = importlib.metadata.version("modelwright")
                raise BadInput(
                    f"the Ray cluster's Python lacks modelwright[ray] {version}: install it there"
                ) from error
            raise Unavailable(f"the Ray cluster does not load the model: {_first_line(error)}") from error
        if isinstance(found, ModelwrightError):
            raise found
        reading, engine, outputs = found
        runners.append(RayRunner(copy, engine, outputs))
    if reading is None:
        raise Internal("a route has at least one replica")
    return Loaded(Replicated(runners), reading.schema())


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
