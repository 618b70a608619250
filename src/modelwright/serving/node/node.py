"""The life of a node: learn what is wanted, load it beside what is served, swap, drain, report; go on alone if
need be.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from modelwright.core.errors import BadInput, ModelwrightError
from modelwright.serving.model import (
    DesiredDeployment,
    DesiredState,
    LedgerReport,
    NodeReport,
    Route,
    RouteReport,
    RouteStatus,
    WindowCounts,
)
from modelwright.serving.node.endpoint import Endpoint, LiveRoute
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.files import Files, write_whole
from modelwright.serving.node.front import BODY_BYTES, Front
from modelwright.serving.node.ledger import Ring, Sink
from modelwright.serving.node.loading import Loader, load_replicas
from modelwright.serving.node.messages import Response
from modelwright.serving.node.resident import resident_bytes
from modelwright.serving.node.sources import Source

_log = logging.getLogger(__name__)
_POLL_S = 25.0
_PAUSE_S = 1.0
_DRAIN_S = 30.0
STATE = "state.json"


class Node:
    """Serves what `source` asks for. `front` answers requests from the moment the node exists."""

    def __init__(
        self,
        *,
        name: str,
        home: Path,
        source: Source,
        software: str,
        sinks: Sequence[Sink] = (),
        body_bytes: int = BODY_BYTES,
        address: str = "",
        report_s: float = 5.0,
        python: Path | None = None,
    ) -> None:
        """`python` is an interpreter in which every model finds what it needs; without it, each gets its own."""
        self.name = name
        self._home = home
        self._source = source
        self._software = software
        self.address = address
        self._report_s = report_s
        self._executor = ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 1) + 1), thread_name_prefix="model")
        self._files = Files(home)
        environments = Environments(home / "environments", ready=python)
        self._loader = Loader(environments=environments, engines=home / "engines", executor=self._executor)
        self.ring = Ring(sinks)
        self.front = Front(
            software=software,
            metrics=self._exposed,
            body_bytes=body_bytes,
            trouble=lambda: self.ring.trouble,
        )
        self._revision = 0
        self._reports: dict[tuple[str, str], RouteReport] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._started_ms = time.time_ns() // 1_000_000
        self._changed = asyncio.Event()

    def _exposed(self) -> Response:
        # Imported when first asked for: a node shall answer before anybody looks at its figures.
        metrics: Response = importlib.import_module("modelwright.serving.node.metrics").exposition(
            self.front.endpoints, self.ring
        )
        return metrics

    async def run(self) -> None:
        """Follow the source until cancelled."""
        await self.resume()
        reporting = asyncio.get_running_loop().create_task(self._report_forever())
        try:
            while True:
                try:
                    state = await self._source.desired(self._revision, _POLL_S)
                    if state is not None:
                        await self.apply(state)
                except ModelwrightError as error:
                    _log.warning("no news of what to serve: %s", error.message)
                    await asyncio.sleep(_PAUSE_S)
        finally:
            reporting.cancel()

    async def resume(self) -> None:
        """Serve what was served last, without asking anybody."""
        path = self._home / STATE
        with contextlib.suppress(FileNotFoundError):
            try:
                state = msgspec.json.decode(path.read_bytes(), type=DesiredState)
            except msgspec.MsgspecError:
                _log.exception("%s cannot be read; waiting for the server", path)
                return
            await self.apply(state)

    async def apply(self, state: DesiredState) -> None:
        """Bring the node to `state`. A deployment of which a live route cannot be loaded stays as it was."""
        wanted = {one.name: one for one in state.deployments}
        before = dict(self.front.endpoints)
        expected = frozenset(wanted)
        after = {name: endpoint for name, endpoint in before.items() if name in wanted}

        async def bring(deployment: DesiredDeployment) -> None:
            # Each is served as soon as it is ready: a model that is slow to load keeps nobody else waiting.
            endpoint = await self._endpoint(deployment, before.get(deployment.name))
            if endpoint is not None:
                after[deployment.name] = endpoint
                self.front.replace(after, expected)

        self.front.replace(after, expected)
        await asyncio.gather(*[bring(one) for one in state.deployments])
        self._revision = state.revision
        kept = {id(route.batcher) for endpoint in after.values() for route in endpoint.routes}
        for endpoint in before.values():
            for route in endpoint.routes:
                if id(route.batcher) not in kept:
                    self._later(self._retire(endpoint.name, route))
        self._forget_reports(state, after)
        if all(name in after and _as_wanted(after[name], one) for name, one in wanted.items()):
            try:
                await asyncio.to_thread(write_whole, self._home / STATE, state)
            except OSError:  # a full disk, say: the next start asks the server, this one serves on
                _log.exception("what is served could not be written down")
        if after and not gc.get_freeze_count():
            # Libraries and first models are the long-lived part of the heap: the collector need not look at them again.
            # Once only: a full collection holds up every answer for as long as it takes.
            gc.collect()
            gc.freeze()
        self._changed.set()

    async def _endpoint(self, deployment: DesiredDeployment, before: Endpoint | None) -> Endpoint | None:
        """The deployment as wanted; `before` when that cannot be had."""
        try:
            problems = deployment.problems()
            if problems:
                raise BadInput("; ".join(problems))
        except ModelwrightError as error:
            _log.warning("deployment %s stays as it was: %s", deployment.name, error.message)
            return before
        found = await asyncio.gather(
            *[self._route(deployment, route, before) for route in deployment.routes], return_exceptions=True
        )
        routes = [one for one in found if isinstance(one, LiveRoute)]
        missing = [route.id for route in deployment.live if route.id not in {one.route.id for one in routes}]
        if not missing:  # a shadow that cannot be loaded keeps nobody from an answer
            return Endpoint(deployment, routes, self.ring, before)
        _log.warning("deployment %s stays as it was: its routes %s do not load", deployment.name, missing)
        kept = {id(one.batcher) for one in before.routes} if before is not None else set()
        for one in routes:
            if id(one.batcher) not in kept:
                self._later(self._retire(deployment.name, one))
        return before

    async def _route(self, deployment: DesiredDeployment, route: Route, before: Endpoint | None) -> LiveRoute:
        for have in before.routes if before is not None else ():
            if have.route.id == route.id and have.serves(route):
                return have.updated(deployment, route)
        self._say(deployment, route, RouteStatus.LOADING)
        started = time.perf_counter()
        try:
            folder = await self._files.version(route, self._source.fetch)
            loaded = await load_replicas(self._loader, folder, route)
        except ModelwrightError as error:
            _log.warning("%s does not load: %s", route.version, error.message)
            self._say(deployment, route, RouteStatus.FAILED, reason=error.message)
            raise
        except Exception as error:  # the edge to a version's files: one bad model must not end the node
            _log.exception("%s cannot be loaded", route.version)
            reason = f"{type(error).__name__}: {error}"
            self._say(deployment, route, RouteStatus.FAILED, reason=reason)
            raise BadInput(reason) from error
        live = LiveRoute(deployment, route, loaded.runner, loaded.schema)
        self._say(deployment, route, RouteStatus.READY, live=live, load_ms=(time.perf_counter() - started) * 1000)
        return live

    async def _retire(self, deployment: str, route: LiveRoute) -> None:
        """Let a route answer what it has taken, then unload it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                await route.batcher.drained()
        route.batcher.close()
        route.runner.close()
        _log.info("%s of %s is unloaded", route.version, deployment)

    async def drain(self) -> None:
        """Answer what is under way, unload everything and hand the rest to the ledger."""
        self.front.draining = True
        endpoints = dict(self.front.endpoints)
        await asyncio.gather(*[self._retire(one.name, route) for one in endpoints.values() for route in one.routes])
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.to_thread(self.ring.close)
        self._executor.shutdown(wait=False, cancel_futures=True)
        await self._source.close()

    def report(self) -> NodeReport:
        """The state of this node now."""
        now_ms = time.time_ns() // 1_000_000
        windows: list[WindowCounts] = []
        for endpoint in self.front.endpoints.values():
            for route in endpoint.routes:
                windows += route.tally.closed(now_ms)
                key = (endpoint.name, route.route.id)
                if key in self._reports and self._reports[key].status is RouteStatus.READY:
                    self._reports[key] = msgspec.structs.replace(
                        self._reports[key], memory_bytes=route.runner.memory_bytes(), restarts=route.runner.restarts
                    )
        return NodeReport(
            node=self.name,
            sent_ms=now_ms,
            started_ms=self._started_ms,
            software=self._software,
            revision=self._revision,
            routes=tuple(self._reports.values()),
            windows=tuple(windows),
            memory_bytes=resident_bytes(os.getpid()),
            cpu_share=os.getloadavg()[0] / (os.cpu_count() or 1),
            address=self.address,
            ledger=LedgerReport(dropped_rows=self.ring.dropped_rows, trouble=self.ring.trouble),
        )

    async def _report_forever(self) -> None:
        while True:
            report = self.report()
            try:
                await self._source.report(report)
            except ModelwrightError as error:
                _log.info("the report did not arrive: %s", error.message)
            else:
                self._acknowledge(report)
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._report_s):
                    await self._changed.wait()

    def _acknowledge(self, report: NodeReport) -> None:
        for endpoint in self.front.endpoints.values():
            for route in endpoint.routes:
                sent = [one for one in report.windows if (one.deployment, one.route) == (endpoint.name, route.route.id)]
                route.tally.acknowledged(len(sent))

    def _say(
        self,
        deployment: DesiredDeployment,
        route: Route,
        status: RouteStatus,
        *,
        reason: str = "",
        live: LiveRoute | None = None,
        load_ms: float = 0.0,
    ) -> None:
        self._reports[deployment.name, route.id] = RouteReport(
            deployment=deployment.name,
            route=route.id,
            version=route.version,
            manifest=route.manifest,
            status=status,
            reason=reason,
            engine=live.runner.engine if live else "",
            isolated=live.runner.isolated if live else False,
            load_ms=load_ms,
        )
        self._changed.set()

    def _forget_reports(self, state: DesiredState, after: dict[str, Endpoint]) -> None:
        wanted = {(one.name, route.id) for one in state.deployments for route in one.routes}
        serving = {(name, one.route.id) for name, endpoint in after.items() for one in endpoint.routes}
        for key in self._reports.keys() - wanted - serving:
            del self._reports[key]

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _as_wanted(endpoint: Endpoint, deployment: DesiredDeployment) -> bool:
    return endpoint.deployment == deployment
