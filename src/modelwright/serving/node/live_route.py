"""A route whose version is loaded on this node."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import msgspec

from modelwright.serving.model import DesiredDeployment, Route, WindowCounts, route_tag
from modelwright.serving.node.batcher import Batcher
from modelwright.serving.node.ledger import Origin
from modelwright.serving.node.replicas import Lanes, queue_for
from modelwright.serving.node.runners import Runner
from modelwright.serving.node.tables import Schema
from modelwright.serving.node.tally import Counts, Tally

VERSION_HEADER = b"Modelwright-Version"


class LiveRoute:
    """A route whose version is loaded. `updated` gives it another share or mode and keeps all else.

    What was counted `before` goes on, also where another runner takes over.

    `aside` is the same for those who ask for the version by its number: counted apart, and with ids that no rollout
    takes for those of its own traffic.
    """

    route: Route
    runner: Runner
    batcher: Batcher | Lanes
    tally: Tally
    aside: LiveRoute
    shadow_missed: int

    def __init__(
        self,
        deployment: DesiredDeployment,
        route: Route,
        runner: Runner,
        schema: Schema,
        before: LiveRoute | None = None,
    ) -> None:
        self.route = route
        self.runner = runner
        self.schema = schema
        self.version = str(route.version)
        self.tag = route_tag(route.id)
        self.timeout_s = route.limits.deadline_ms / 1000
        if before is not None and before.runner is runner:
            self.batcher = before.batcher
        else:
            self.batcher = queue_for(runner, route.batching, schema, timeout_s=self.timeout_s)
        if before is None:
            self.tally = Tally(deployment.name, route.id, route.slow_ms)
            aside = Tally(deployment.name, route.id, route.slow_ms, pinned=True)
            self.shadow_missed = 0
        else:
            self.tally = before.tally
            aside = before.aside.tally
            self.tally.slow_ms = aside.slow_ms = route.slow_ms
            self.shadow_missed = before.shadow_missed
        name, number = msgspec.json.encode(deployment.name), str(route.version.number)
        self.v2_head = b'{"model_name":%b,"model_version":"%b"' % (name, number.encode())
        self.version_header = (VERSION_HEADER, self.version.encode())
        self.origin = Origin(
            deployment=deployment.name,
            workspace=deployment.workspace,
            route=route.id,
            model=route.version.model,
            version=route.version.number,
            manifest=route.manifest,
            engine=runner.engine,
            logging=deployment.logging,
        )
        self.aside = copy(self)
        self.aside.tally = aside
        self.aside.tag = route_tag(f"{route.id} by its number")

    def total(self) -> Counts:
        """All that was counted since the route began, however its version was asked for."""
        found = self.tally.total()
        found.add(self.aside.tally.total())
        return found

    def closed(self, now_ms: int) -> tuple[WindowCounts, ...]:
        """Windows that are over and not `acknowledged`."""
        return (*self.tally.closed(now_ms), *self.aside.tally.closed(now_ms))

    def acknowledged(self, windows: Sequence[WindowCounts]) -> None:
        """These have arrived: the first closed ones of this route."""
        pinned = sum(one.pinned for one in windows)
        self.tally.acknowledged(len(windows) - pinned)
        self.aside.tally.acknowledged(pinned)

    def updated(self, deployment: DesiredDeployment, route: Route) -> LiveRoute:
        return LiveRoute(deployment, route, self.runner, self.schema, before=self)

    def serves(self, route: Route) -> bool:
        """Whether what is loaded here is what `route` asks for, whatever its share, mode and what it counts."""
        same = msgspec.structs.replace(route, share=self.route.share, mode=self.route.mode, slow_ms=self.route.slow_ms)
        return same == self.route
