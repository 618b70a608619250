"""A worker that is started for one question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from modelwright.serving.node.errors import WorkerDied
from modelwright.serving.node.worker.guest.frames import Head
from modelwright.serving.node.worker.process import Program, Worker


async def asked_once(
    program: Program, ask: Callable[[Worker], None], fits: Callable[[Head], bool] = lambda _: True
) -> tuple[Head | None, list[Any]]:
    """The worker's answer to `ask`; None where what it says of itself does not fit, and it is not asked.

    Raises Unavailable when it does not load or ends meanwhile, and TimeoutError when it takes longer than loading may.
    """
    answered: asyncio.Future[tuple[Head, list[Any]]] = asyncio.get_running_loop().create_future()

    def on_frame(head: Head, arrays: list[Any]) -> None:
        if not answered.done():
            answered.set_result((head, arrays))

    def on_end() -> None:
        if not answered.done():
            answered.set_result(({"died": True}, []))

    worker = Worker(program, on_frame, on_end)
    hello = await worker.start()
    try:
        if not fits(hello):
            return None, []
        ask(worker)
        async with asyncio.timeout(program.load_s):
            head, arrays = await answered
    finally:
        await worker.stop()
    if "died" in head:
        raise WorkerDied("the process that was started for it ended")
    return head, arrays
