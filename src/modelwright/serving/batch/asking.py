"""One call of a runner, awaited."""

from __future__ import annotations

import asyncio

from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.runners import Runner
from modelwright.serving.node.tables import Table


async def ask(runner: Runner, table: Table, *, more: bool, timeout_s: float) -> Answer:
    """Raises what the model makes of the rows."""
    answered: asyncio.Future[Answer | ModelwrightError] = asyncio.get_running_loop().create_future()

    def ran(result: Answer | ModelwrightError) -> None:
        if not answered.done():  # as it is when another call has failed meanwhile
            answered.set_result(result)

    runner.run(table, more=more, params=None, timeout_s=timeout_s, ran=ran)
    result = await answered
    if isinstance(result, ModelwrightError):
        raise result
    return result
