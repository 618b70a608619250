"""A model that answers when the test says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelwright.serving.node.answers import Answer
from modelwright.serving.node.batcher import Batcher
from modelwright.serving.node.runners import Ran
from modelwright.serving.node.tables import Table
from tests.serving.node.live import LiveNode
from tests.serving.node.plain_runner import PlainRunner


class Held(PlainRunner):
    """A runner that keeps every batch until `release`, and then answers each row with its sum."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self._held: list[tuple[Table, Ran]] = []
        self._open = False

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        self.batches.append(len(table[0]))
        self._held.append((table, ran))
        if self._open:
            self._answer()

    def _answer(self) -> None:
        held, self._held = self._held, []
        for table, ran in held:
            ran(Answer(("predict",), [table[0].sum(axis=1)]))

    async def release(self) -> None:
        """Answer what is held, and from now on at once."""
        self._open = True
        self._answer()


def batcher_of(node: LiveNode, deployment: str = "api") -> Batcher:
    """The queue of a deployment with one route in one copy."""
    found = node.node.front.endpoints[deployment].first.batcher
    assert isinstance(found, Batcher)
    return found


def hold(node: LiveNode, deployment: str = "api") -> Held:
    """From now on the deployment's model is held."""
    held = Held()
    batcher_of(node, deployment)._runner = held
    return held


def one_row(value: float = 1.0) -> dict[str, Any]:
    return {"inputs": np.full((1, 30), value).tolist()}
