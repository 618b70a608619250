"""Where a batch is computed inside the node."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.runners import LocalRunner
from modelwright.serving.node.signature import Column, Signature
from modelwright.serving.node.tables import Table
from modelwright.serving.node.threads import Threads


class Where:
    """A model that notes whether it ran on the thread that made it."""

    signature: Signature | None = None
    outputs: tuple[Column, ...] = ()
    engine = "test"
    mixes = True

    def __init__(self) -> None:
        self.here: list[bool] = []
        self._home = threading.current_thread()

    def predict(self, table: Table, *, more: bool) -> Answer:
        del more
        self.here.append(threading.current_thread() is self._home)
        return Answer(("rows",), [np.zeros(len(table[0]))])


async def ran(runner: LocalRunner, rows: int) -> Answer | ModelwrightError:
    answered: asyncio.Future[Answer | ModelwrightError] = asyncio.get_running_loop().create_future()
    table = [np.zeros((rows, 1))]
    runner.run(table, more=False, params=None, timeout_s=60, ran=answered.set_result)
    return await answered


def test_a_batch_far_beyond_the_usual_leaves_the_event_loop_to_others() -> None:
    """A quick model answers a row at once; a hundred thousand go to a thread, and the next row is answered at once."""

    async def ask() -> list[bool]:
        threads, model = Threads(1), Where()
        runner = LocalRunner(model, threads)
        for _ in range(20):
            await ran(runner, 1)
        runner.cost_s = 0.0001  # as of a model whose rows cost something, however quick this machine is
        for rows in (1, 100_000, 1):
            await ran(runner, rows)
        threads.close()
        return model.here[-3:]

    assert [True, False, True] == asyncio.run(ask())


@pytest.mark.parametrize(("rows", "here"), [(50, True), (1, False)])
def test_the_rows_of_many_callers_may_take_as_long_as_a_few_rows_may_not(rows: int, here: bool) -> None:  # noqa: FBT001
    """Two milliseconds for fifty rows are what the loop spends on their callers; for one they keep others."""

    async def ask() -> bool:
        threads, model = Threads(1), Where()
        runner = LocalRunner(model, threads)
        for _ in range(200):
            await ran(runner, rows)
        runner.cost_s = 0.002  # as of a model that has been this slow for a while
        for _ in range(2):
            await ran(runner, rows)
        threads.close()
        return model.here[-1]

    assert here == asyncio.run(ask())


def test_the_first_batch_is_computed_aside_if_it_is_large() -> None:
    """While nothing is known of a model's cost, few rows are tried at once, and many on a thread."""

    async def ask() -> list[bool]:
        threads, model = Threads(1), Where()
        await ran(LocalRunner(model, threads), 1)
        await ran(LocalRunner(model, threads), 10_000)
        threads.close()
        return model.here

    assert [True, False] == asyncio.run(ask())
