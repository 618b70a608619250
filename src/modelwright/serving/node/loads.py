"""Versions on their way into memory, and what is said of them.

A load is begun once, however often the desired state changes while it lasts, and is there for whoever wants it when it
is done; what nobody wants by then is closed. So news need not wait for a version that takes minutes to load.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec

from modelwright.core.errors import BadInput, ModelwrightError, StorageFull, Unavailable
from modelwright.serving.model import Mode, Route, RouteReport, RouteStatus
from modelwright.serving.node.loading import Loaded

_log = logging.getLogger(__name__)

Open = Callable[[Route, float | None], Coroutine[Any, Any, Loaded]]
"""Opens a version; the second argument is how many seconds a conversion is waited for, None: as long as it takes."""

_Key = tuple[str, Route]


# What the operating system says when it is this node that has no room, or whose disk fails.
_OF_THE_NODE: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)


class OutOfReach(Unavailable):
    """A file of the version cannot be had, or this node has no room for it, now: that says nothing against it."""

    code = "out_of_reach"


class Opened(msgspec.Struct, frozen=True):
    loaded: Loaded
    load_ms: float


class Loads:
    """`reports` holds what the server is to hear of each route, by deployment and route; `changed` is told of news."""

    def __init__(self, open_: Open, changed: Callable[[], None]) -> None:
        """`open_` raises OutOfReach when it may succeed later for no merit of the version's."""
        self._open = open_
        self._changed = changed
        self._tasks: dict[_Key, asyncio.Task[Opened]] = {}
        self._wanted: set[_Key] = set()
        self.reports: dict[tuple[str, str], RouteReport] = {}

    def begin(self, deployment: str, route: Route, conversion_wait_s: float | None = None) -> asyncio.Task[Opened]:
        """The load of this route; begun, unless it is under way or done. One that failed is begun again."""
        key = _key(deployment, route)
        task = self._tasks.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.get_running_loop().create_task(self._load(deployment, route, conversion_wait_s))
            task.add_done_callback(lambda _: self._unless_wanted(key))
            self._tasks[key] = task
        return task

    def take(self, deployment: str, route: Route) -> Loaded:
        """What `begin` has loaded. The caller closes it."""
        opened = self._tasks.pop(_key(deployment, route)).result()
        loaded = opened.loaded
        self.say(deployment, route, RouteStatus.READY, loaded=loaded, load_ms=opened.load_ms, reason=_meanwhile(loaded))
        return loaded

    def improved(self, deployment: str, route: Route, loaded: Loaded) -> None:
        """Say what a route that is served came to once its conversion had ended."""
        load_ms = self.reports[deployment, route.id].load_ms
        self.say(deployment, route, RouteStatus.READY, loaded=loaded, load_ms=load_ms)

    def want(self, wanted: set[tuple[str, Route]]) -> None:
        """From now on only these are of use; any other that is loaded, or will be, is closed."""
        self._wanted = {_key(*one) for one in wanted}
        for key, task in tuple(self._tasks.items()):
            if task.done():
                self._unless_wanted(key)

    def close(self) -> None:
        """End all loads and close what they have loaded."""
        self.want(set())
        for task in self._tasks.values():
            task.cancel()

    @property
    def manifests(self) -> set[str]:
        """Of the versions that are on their way, wanted or not: who wants one again finds it there."""
        return {route.manifest for _, route in self._tasks}

    @property
    def out_of_reach(self) -> bool:
        """Whether some version waits for files that cannot be had now."""
        return any(one.status is RouteStatus.LOADING and one.reason for one in self.reports.values())

    def say(
        self,
        deployment: str,
        route: Route,
        status: RouteStatus,
        *,
        reason: str = "",
        loaded: Loaded | None = None,
        load_ms: float = 0.0,
    ) -> None:
        self.reports[deployment, route.id] = RouteReport(
            deployment=deployment,
            route=route.id,
            version=route.version,
            manifest=route.manifest,
            status=status,
            reason=reason,
            engine=loaded.runner.engine if loaded else "",
            isolated=loaded.runner.isolated if loaded else False,
            load_ms=load_ms,
            parity=loaded.parity if loaded else None,
        )
        self._changed()

    async def _load(self, deployment: str, route: Route, conversion_wait_s: float | None) -> Opened:
        before = self.reports.get((deployment, route.id))
        # A version that failed is said to have failed until it has not: who looks in between shall not take it for new.
        if before is None or before.status is not RouteStatus.FAILED:
            self.say(deployment, route, RouteStatus.LOADING)
        began = time.perf_counter()
        try:
            loaded = await self._open(route, conversion_wait_s)
        except (OutOfReach, StorageFull) as error:
            raise self._later(deployment, route, error.message) from error
        except ModelwrightError as error:
            _log.warning("%s does not load: %s", route.version, error.message)
            self.say(deployment, route, RouteStatus.FAILED, reason=error.message)
            raise
        except Exception as error:  # the edge to a version's files: one bad model must not end the node
            if isinstance(error, OSError) and error.errno in _OF_THE_NODE:
                raise self._later(deployment, route, f"this node cannot load it now: {error.strerror}") from error
            _log.exception("%s cannot be loaded", route.version)
            reason = f"{type(error).__name__}: {error}"
            self.say(deployment, route, RouteStatus.FAILED, reason=reason)
            raise BadInput(reason) from error
        return Opened(loaded, (time.perf_counter() - began) * 1000)

    def _later(self, deployment: str, route: Route, reason: str) -> OutOfReach:
        """Say that the version waits, for no fault of its own; a rollout is not told that it failed."""
        _log.warning("%s waits: %s", route.version, reason)
        self.say(deployment, route, RouteStatus.LOADING, reason=reason)
        return OutOfReach(reason)

    def _unless_wanted(self, key: _Key) -> None:
        if key not in self._wanted:
            with suppress(asyncio.CancelledError, ModelwrightError):
                self._tasks.pop(key).result().loaded.close()


def _meanwhile(loaded: Loaded) -> str:
    return "" if loaded.conversion is None else "served as it is while it is converted to ONNX"


def _key(deployment: str, route: Route) -> _Key:
    """Equal for routes that one load serves, whatever their share, mode and what they count."""
    return deployment, msgspec.structs.replace(route, share=0.0, mode=Mode.LIVE, slow_ms=())
