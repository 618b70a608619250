"""Threads that compute for the event loop. Nobody waits for a future here, so that handing work over costs half of what
an executor takes for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Self

Work = Callable[[], None]


class Threads:
    """Does what is submitted on `count` threads, first come, first served. They start with the first work."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, work: Work) -> None:
        """Soon call `work`, which must not raise. Use from one thread only."""
        if not self._threads:
            names = [f"model-{number}" for number in range(self._count)]
            self._threads = [threading.Thread(target=self._compute, name=name, daemon=True) for name in names]
            for one in self._threads:
                one.start()
        self._queue.put(work)

    def close(self) -> None:
        """Let the threads end after what was submitted, without waiting for them."""
        for _ in self._threads:
            self._queue.put(None)

    def ended(self, within_s: float) -> bool:
        """Wait so long for each thread to end; False when one computes on. Only after `close`."""
        for one in self._threads:
            one.join(within_s)
        return not any(one.is_alive() for one in self._threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
        for one in self._threads:
            one.join()

    def _compute(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
