"""The life of a node: learn what is wanted, load it beside what is served, swap, drain, report; go on alone if
need be.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import importlib
import logging
import os
import shutil
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from modelwright.core.errors import ModelwrightError, Unavailable
from modelwright.serving.model import (
    DesiredDeployment,
    DesiredState,
    LedgerReport,
    NodeReport,
    Route,
    RouteStatus,
    WindowCounts,
)
from modelwright.serving.node.clock import now_ms
from modelwright.serving.node.conversions import Evidence
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.files import Files, write_whole
from modelwright.serving.node.front import BODY_BYTES, Front
from modelwright.serving.node.large.aside import Aside
from modelwright.serving.node.ledger import Ring, Sink
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.loading import WORKERS, Loaded, Loader, Shares, load_replicas
from modelwright.serving.node.loads import Loads, OutOfReach
from modelwright.serving.node.messages import Response
from modelwright.serving.node.off_record import KEY
from modelwright.serving.node.resident import resident_bytes
from modelwright.serving.node.runners import Runner
from modelwright.serving.node.sources import Source
from modelwright.serving.node.tables import Table
from modelwright.serving.node.threads import Threads

_log = logging.getLogger(__name__)
_POLL_S = 25.0
_PAUSE_S = 1.0
# What could not be loaded is tried again after pauses that double up to this; what only waits for its files, to less.
_AGAIN_S, _REACH_S = 300.0, 5.0
_RESUME_S = 30.0
_DRAIN_S = 30.0
_END_S = 1.0
# Versions that stay on the disk though nobody wants them now: what was served lately is what is gone back to.
_SPARE = 8
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
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
        conversion_wait_s: float = 10.0,
    ) -> None:
        """`python` is an interpreter in which every model finds what it needs; without it, each gets its own.

        Where nothing answers for a deployment yet, its version is converted to ONNX before the first answer if that
        takes no longer than `conversion_wait_s`, and beside the answers otherwise.
        """
        self.name = name
        self._home = home
        self._source = source
        self._software = software
        self.address = address
        self.own_address = ""
        self._report_s = report_s
        self._conversion_wait_s = conversion_wait_s
        self._threads = Threads(min(8, (os.cpu_count() or 1) + 1))
        self._files = Files(home)
        self._files.sweep()
        shutil.rmtree(home / WORKERS, ignore_errors=True)
        environments = Environments(home / "environments", ready=python)
        self._loader = Loader(environments=environments, home=home, threads=self._threads)
        self.ring = Ring(sinks)
        self._aside = Aside()
        self.front = Front(
            software=software,
            metrics=self._exposed,
            body_bytes=body_bytes,
            trouble=lambda: self.ring.trouble,
            aside=self._aside,
        )
        self.front.read_inside = self._shares
        self._revision = 0
        self._heard = -1
        self._state = DesiredState(revision=0)
        self._tasks: set[asyncio.Task[None]] = set()
        # Who waits for the conversion of what is served as it is.
        self._improving: dict[Runner, asyncio.Task[None]] = {}
        self._started_ms = now_ms()
        self._changed = asyncio.Event()
        self._loads = Loads(self._open, self._changed.set)
        self._writing: asyncio.Task[None] | None = None
        self._write_lock = asyncio.Lock()
        self._lately: dict[str, None] = {}

    def _exposed(self) -> Response:
        # Imported when first asked for: a node shall answer before anybody looks at its figures.
        metrics: Response = importlib.import_module("modelwright.serving.node.metrics").exposition(
            self.front.endpoints, self.ring
        )
        return metrics

    async def run(self) -> None:
        """Follow the source until cancelled."""
        tasks = [asyncio.get_running_loop().create_task(self._report_forever())]
        try:
            # What was served last comes first, for a while, whatever is wanted now: that may not load.
            await self.resume()
            await self._follow(tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def _follow(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let each news take the place of what is being brought about, also while a version is slow to load."""
        work: asyncio.Task[None] | None = None
        if self._heard >= 0:
            work = self._begun(tasks, self._state)
        while True:
            try:
                state = await self._source.desired(self._heard, _POLL_S)
            except ModelwrightError as error:
                _log.warning("no news of what to serve: %s", error.message)
                await asyncio.sleep(_PAUSE_S)
                continue
            if work is not None and work.done():
                work.result()  # which raises what nobody has foreseen, and ends the node
            if state is not None:
                if work is not None:
                    work.cancel()
                    tasks.remove(work)
                work = self._begun(tasks, state)

    def _begun(self, tasks: list[asyncio.Task[None]], state: DesiredState) -> asyncio.Task[None]:
        self._heard = state.revision
        task = asyncio.get_running_loop().create_task(self._bring_about(state))
        tasks.append(task)
        return task

    async def _bring_about(self, state: DesiredState) -> None:
        """Apply `state` until all of it is so: what failed may have failed for want of the server or of room."""
        pause_s = _PAUSE_S
        while not await self.apply(state):
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _REACH_S if self._loads.out_of_reach else _AGAIN_S)

    async def resume(self) -> None:
        """Serve what was served last, without asking anybody."""
        path = self._home / STATE
        with contextlib.suppress(FileNotFoundError):
            try:
                state = msgspec.json.decode(path.read_bytes(), type=DesiredState)
            except (msgspec.MsgspecError, UnicodeDecodeError, IsADirectoryError, PermissionError):
                _log.exception("%s cannot be read; waiting for the server", path)
                return
            self._heard = state.revision
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_RESUME_S):
                    await self.apply(state)

    async def apply(self, state: DesiredState) -> bool:
        """Bring the node to `state`; whether all of it is so.

        A deployment of which a live route cannot be loaded stays as it was. May be cancelled, and followed by another.
        """
        self._state = state
        expected = frozenset(one.name for one in state.deployments)
        self._loads.want({(one.name, route) for one in state.deployments for route in one.routes})
        self._replace({name: one for name, one in self.front.endpoints.items() if name in expected}, expected)
        # Each is served as soon as it is ready: a model that is slow to load keeps nobody else waiting.
        changed = [one for one in state.deployments if not self._has(one)]
        done = await asyncio.gather(*[self._bring(one, expected) for one in changed])
        self._revision = state.revision
        self._forget_reports(state)
        if all(one.name in self.front.endpoints for one in state.deployments) and all(
            self.front.endpoints[one.name].deployment == one for one in state.deployments
        ):
            # Finished whatever comes meanwhile, one after the other: an older state shall not be written over a newer.
            self._writing = asyncio.get_running_loop().create_task(self._remember(state))
            await asyncio.shield(self._writing)
        if self.front.endpoints and not gc.get_freeze_count():
            # Libraries and first models are the long-lived part of the heap: the collector need not look at them again.
            # Once only: a full collection holds up every answer for as long as it takes.
            gc.collect()
            gc.freeze()
        self._changed.set()
        return all(done)

    async def _remember(self, state: DesiredState) -> None:
        async with self._write_lock:
            try:
                await asyncio.to_thread(write_whole, self._home / STATE, state)
            except OSError:  # a full disk, say: the next start asks the server, this one serves on
                _log.exception("what is served could not be written down")
            await self._tidy(_SPARE)

    async def _tidy(self, spare: int) -> None:
        """Forget versions on the disk: all but what is wanted, what is served, and so many that lately were."""
        wanted = {route.manifest for one in self._state.deployments for route in one.routes} | self._loads.manifests
        served = {one.route.manifest for endpoint in self.front.endpoints.values() for one in endpoint.routes}
        self._lately = {one: None for one in self._lately if one not in wanted | served} | dict.fromkeys(
            served | wanted
        )
        first = max(0, len(self._lately) - spare - len(served | wanted))
        self._lately = dict.fromkeys(tuple(self._lately)[first:])
        kept = set(self._lately)
        try:
            await self._files.forget(kept)
            await asyncio.to_thread(self._loader.forget, kept)
        except OSError:  # a disk that fails: it is tidied some other time
            _log.exception("versions that nobody wants could not be removed")

    def _replace(self, after: Mapping[str, Endpoint], expected: frozenset[str]) -> None:
        """Serve `after` from now on, and let go of what is not in it."""
        before = self.front.endpoints
        self.front.replace(after, expected)
        kept = {id(route.batcher) for endpoint in after.values() for route in endpoint.routes}
        for endpoint in before.values():
            for route in endpoint.routes:
                if id(route.batcher) not in kept:
                    # Whoever asked the old route before it went has its whole deadline for the answer.
                    self._later(self._retire(endpoint.name, route, max(_DRAIN_S, route.timeout_s)))

    def _has(self, deployment: DesiredDeployment) -> bool:
        """Whether it is served as wanted, with all of its routes."""
        endpoint = self.front.endpoints.get(deployment.name)
        return (
            endpoint is not None
            and endpoint.deployment == deployment
            and all(self._serving(deployment.name, route) is not None for route in deployment.routes)
        )

    async def _bring(self, deployment: DesiredDeployment, expected: frozenset[str]) -> bool:
        """Whether the deployment is as wanted, shadows and all. If not, it is what can be had, or what it was."""
        problems = deployment.problems()
        if problems:
            _log.warning("deployment %s stays as it was: %s", deployment.name, "; ".join(problems))
            return True  # asking again will not mend it
        # Where something answers meanwhile, a version comes as fast as it will be: by how fast it is it may be judged.
        wait_s = None if deployment.name in self.front.endpoints else self._conversion_wait_s
        loads = {
            route.id: self._loads.begin(deployment.name, route, wait_s)
            for route in deployment.routes
            if self._serving(deployment.name, route) is None
        }
        if loads:
            await asyncio.wait(loads.values())
        # From here on nothing is waited for: who cancels this finds what was loaded where it was, or in its place.
        failed = {id_ for id_, load in loads.items() if load.cancelled() or load.exception() is not None}
        missing = [route.id for route in deployment.live if route.id in failed]
        if missing:
            _log.warning("deployment %s stays as it was: its routes %s do not load", deployment.name, missing)
            return False
        routes = [self._live(deployment, route) for route in deployment.routes if route.id not in failed]
        # A shadow that cannot be loaded keeps nobody from an answer.
        before = self.front.endpoints.get(deployment.name)
        endpoint = Endpoint(deployment, routes, self.ring, before, self._aside)
        self._replace({**self.front.endpoints, deployment.name: endpoint}, expected)
        return not failed

    def _serving(self, deployment: str, route: Route) -> LiveRoute | None:
        endpoint = self.front.endpoints.get(deployment)
        for have in endpoint.routes if endpoint is not None else ():
            if have.route.id == route.id and have.serves(route):
                return have
        return None

    def _live(self, deployment: DesiredDeployment, route: Route) -> LiveRoute:
        """The route as it is served now, or as it has just been loaded."""
        have = self._serving(deployment.name, route)
        if have is not None:
            return have.updated(deployment, route)
        loaded = self._loads.take(deployment.name, route)
        if loaded.conversion is not None:
            work = self._improve(deployment.name, route, loaded, loaded.conversion)
            task = self._improving[loaded.runner] = asyncio.get_running_loop().create_task(work)
            task.add_done_callback(lambda _: self._improving.pop(loaded.runner, None))
        return LiveRoute(deployment, route, loaded.runner, loaded.schema)

    async def _improve(self, name: str, route: Route, loaded: Loaded, conversion: asyncio.Task[Evidence]) -> None:
        """Let the conversion take the place of what is served as it is, once it has ended and is proven equal."""
        better = msgspec.structs.replace(loaded, conversion=None)
        try:
            evidence = await conversion
            better = msgspec.structs.replace(better, parity=evidence.parity)
            if evidence.proven and self._serving(name, route) is not None:
                better = await self._open(route)
        except (ModelwrightError, OSError):
            _log.exception("%s is served as it is; what it was converted to cannot be", route.version)
        have = self._serving(name, route)
        if have is None or have.runner is not loaded.runner:
            if better.runner is not loaded.runner:
                better.close()
            return
        self._loads.improved(name, route, better)
        if better.runner is have.runner:
            return
        before = self.front.endpoints[name]
        routes = [
            LiveRoute(before.deployment, one.route, better.runner, better.schema, before=one) if one is have else one
            for one in before.routes
        ]
        endpoint = Endpoint(before.deployment, routes, self.ring, before, self._aside)
        self._replace({**self.front.endpoints, name: endpoint}, frozenset(one.name for one in self._state.deployments))

    async def _open(self, route: Route, conversion_wait_s: float | None = None) -> Loaded:
        try:
            folder = await self._files.version(route, self._source.fetch)
        except Unavailable as error:
            raise OutOfReach(error.message) from error
        except OSError as error:
            if error.errno in _NO_ROOM:
                self._later(self._tidy(0))
            raise
        return await load_replicas(self._loader, folder, route, conversion_wait_s=conversion_wait_s)

    async def _shares(self, route: Route, table: Table, output: str) -> Shares:
        folder = await self._files.version(route, self._source.fetch)
        return await self._loader.shares(folder, route, table, output)

    async def _retire(self, deployment: str, route: LiveRoute, within_s: float) -> None:
        """Let a route answer what it has taken, then unload it."""
        if route.runner in self._improving:
            self._improving[route.runner].cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await route.batcher.drained()
        route.batcher.close()
        route.runner.close()
        _log.info("%s of %s is unloaded", route.version, deployment)

    async def drain(self, within_s: float = _DRAIN_S) -> bool:
        """Answer what is under way, for so long, unload everything and hand the rest to the ledger.

        False when a model still computes in native code, which nobody can end.
        """
        self.front.draining = True
        endpoints = dict(self.front.endpoints)
        routes = [(one.name, route) for one in endpoints.values() for route in one.routes]
        await asyncio.gather(*[self._retire(*one, within_s) for one in routes])
        self._loads.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.to_thread(self._aside.close)
        await asyncio.to_thread(self.ring.close)
        self._threads.close()
        await self._source.close()
        return await asyncio.to_thread(self._threads.ended, _END_S)

    def report(self) -> NodeReport:
        """The state of this node now."""
        at_ms = now_ms()
        windows: list[WindowCounts] = []
        reports = self._loads.reports
        for endpoint in self.front.endpoints.values():
            for route in endpoint.routes:
                windows += route.closed(at_ms)
                key = (endpoint.name, route.route.id)
                if key in reports and reports[key].status is RouteStatus.READY:
                    reports[key] = msgspec.structs.replace(
                        reports[key], memory_bytes=route.runner.memory_bytes(), restarts=route.runner.restarts
                    )
        return NodeReport(
            node=self.name,
            sent_ms=at_ms,
            started_ms=self._started_ms,
            software=self._software,
            revision=self._revision,
            routes=tuple(reports.values()),
            windows=tuple(windows),
            memory_bytes=resident_bytes(os.getpid()),
            cpu_share=os.getloadavg()[0] / (os.cpu_count() or 1),
            address=self.address,
            own_address=self.own_address,
            ledger=LedgerReport(dropped_rows=self.ring.dropped_rows, trouble=self.ring.trouble),
            key=KEY,
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
                route.acknowledged(sent)

    def _forget_reports(self, state: DesiredState) -> None:
        wanted = {(one.name, route.id) for one in state.deployments for route in one.routes}
        serving = {(name, one.route.id) for name, endpoint in self.front.endpoints.items() for one in endpoint.routes}
        for key in self._loads.reports.keys() - wanted - serving:
            del self._loads.reports[key]

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
