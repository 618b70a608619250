"""A route computed by several copies of its model at once: more processes for one version, behind one address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from modelwright.serving.model import Batching
from modelwright.serving.node.batcher import Batcher, Waiting
from modelwright.serving.node.runners import Ran, Runner
from modelwright.serving.node.tables import Schema, Table


class Replicated(Runner):
    """Runners of one version. A batch goes to the copy whose lane took it; what is said of them is said of all."""

    def __init__(self, runners: Sequence[Runner]) -> None:
        first = runners[0]
        self.runners = tuple(runners)
        self.signature = first.signature
        self.outputs = first.outputs
        self.engine = first.engine
        self.isolated = first.isolated
        self.mixes = first.mixes

    @property
    def cost_s(self) -> float:  # type: ignore[override]  # the copies learn, this only looks
        return max(one.cost_s for one in self.runners)

    @property
    def waits(self) -> bool:  # type: ignore[override]  # as above
        return self.runners[0].waits

    @property
    def outruns(self) -> bool:  # type: ignore[override]  # as above
        return self.runners[0].outruns

    @property
    def restarts(self) -> int:  # type: ignore[override]  # as above
        return sum(one.restarts for one in self.runners)

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        self.runners[0].run(table, more=more, params=params, timeout_s=timeout_s, ran=ran)

    def memory_bytes(self) -> int:
        return sum(one.memory_bytes() for one in self.runners)

    def close(self) -> None:
        for one in self.runners:
            one.close()


class Lanes:
    """As `Batcher`, with one lane for each copy: callers join the shortest, and a lone caller always the first."""

    def __init__(self, batchers: Sequence[Batcher]) -> None:
        self._batchers = tuple(batchers)

    @property
    def load_rows(self) -> int:
        return sum(one.load_rows for one in self._batchers)

    def submit(self, waiting: Waiting) -> None:
        min(self._batchers, key=_load).submit(waiting)

    async def drained(self) -> None:
        await asyncio.gather(*[one.drained() for one in self._batchers])

    def close(self) -> None:
        for one in self._batchers:
            one.close()


def _load(batcher: Batcher) -> int:
    return batcher.load_rows


def queue_for(runner: Runner, batching: Batching, schema: Schema, *, timeout_s: float) -> Batcher | Lanes:
    """The queue in front of a runner, or of each of its copies; together they hold what `batching` lets wait."""
    if not isinstance(runner, Replicated):
        return Batcher(runner, batching, schema, timeout_s=timeout_s)
    each = msgspec.structs.replace(batching, queue_rows=max(1, batching.queue_rows // len(runner.runners)))
    return Lanes([Batcher(one, each, schema, timeout_s=timeout_s) for one in runner.runners])
