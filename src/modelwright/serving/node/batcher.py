"""Concurrent requests share one call of the model; a lone one waits for nobody.

Whatever arrives in one turn of the event loop goes together. A model that is slow enough for a thread or a worker is
also given up to a quarter of its own cost to gather as many callers as were lately seen together, and none at all
when the caller is alone. (Measured against no batching, fixed windows and "take all that waits": best or level in
every case, with no loss for a lone caller.)

Models whose batches are due take turns: in each turn of the event loop goes one of them, and what comes for the others
meanwhile goes with theirs. (Two routes that share 64 callers get batches of 38 rows, and of 28 when both go in each
turn; one route alone gets 52. A batch of a forest costs some 90 us besides its rows, which take 16 us each.)

A model in another process that is quicker than this loop gets half of all callers at a time: while it computes one
half, the loop answers the other and reads what comes next. With all of them in one batch each would wait for the other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from modelwright.core.errors import ModelwrightError, RateLimited, Unavailable
from modelwright.serving.model import Batching
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.errors import DeadlineExceeded, ModelFailed
from modelwright.serving.node.runners import Runner
from modelwright.serving.node.tables import Numbers, Schema, Table, rows_of

_log = logging.getLogger(__name__)
_COMPANY_SHARE = 0.25
_FADE = 0.95
# Halves of less cost more, by being two, than what they gain.
_HALVED_ROWS = 16


class Waiting:
    """One caller's rows in the queue, and who takes their answer. `started` is `time.perf_counter()` at its arrival."""

    __slots__ = ("alone", "asker", "deadline", "more", "params", "part", "rows", "started")

    def __init__(
        self,
        part: Table | Numbers,
        asker: Asker,
        *,
        more: bool,
        params: dict[str, Any] | None,
        started: float,
        timeout_s: float,
    ) -> None:
        self.part = part
        self.rows = part.rows if isinstance(part, Numbers) else rows_of(part)
        self.asker = asker
        self.more = more
        self.params = params
        self.alone = params is not None
        self.started = started
        self.deadline = started + timeout_s


class Asker(Protocol):
    """Takes answers, on the event loop. Every `Waiting` that was submitted for it comes back once, in one of these."""

    def answered(self, batch: Sequence[Any], table: Table, answer: Answer) -> None:
        """`table` has the rows of all callers in `batch`, one after the other, and each array of `answer` as many.

        A batch of one may have a whole instead: see `Answer`.
        """

    def failed(self, waiting: Any, error: ModelwrightError) -> None: ...


class _Line:
    """Who is to have the event loop next, in order: one for each of its turns, and what has come is read in between."""

    def __init__(self) -> None:
        self._due: deque[Callable[[], None]] = deque()

    def join(self, turn: Callable[[], None]) -> None:
        if not self._due:
            asyncio.get_running_loop().call_soon(self._next)
        self._due.append(turn)

    def _next(self) -> None:
        try:
            self._due[0]()
        finally:
            self._due.popleft()
            if self._due:
                asyncio.get_running_loop().call_soon(self._next)


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()


class Batcher:
    """The queue in front of one runner. Use from the event loop only."""

    def __init__(self, runner: Runner, batching: Batching, schema: Schema, *, timeout_s: float) -> None:
        """`timeout_s` bounds one call of the model."""
        self._runner = runner
        self._batching = batching
        self._timeout_s = timeout_s
        self._schema = schema
        self._queue: deque[Waiting] = deque()
        self._rows = 0
        # As which a request counts at most. With a whole queue of its rows, it would keep others from so much as
        # waiting, and any one that waits would keep it out.
        self._most = (batching.queue_rows + 1) // 2
        self._weighed = 0
        self._running = False
        # Whether its turn will come.
        self._due = False
        self._lately = 1.0
        self._loop = asyncio.get_running_loop()
        self._line = _lines.setdefault(self._loop, _Line())
        self._idle: list[asyncio.Future[None]] = []
        self._closed = False

    @property
    def load_rows(self) -> int:
        """Rows that wait or are being computed."""
        return self._rows

    def submit(self, waiting: Waiting) -> None:
        """Queue it; raises RateLimited when the queue is full and Unavailable when the route is closed."""
        if self._closed:
            raise Unavailable("this route is being taken away; ask again")
        weight = min(waiting.rows, self._most)
        if self._weighed and self._weighed + weight > self._batching.queue_rows:
            raise RateLimited(f"{self._rows} rows wait for this model; its queue holds {self._batching.queue_rows}")
        self._queue.append(waiting)
        self._rows += waiting.rows
        self._weighed += weight
        if not self._running and not self._due:
            self._join()

    def _gone(self, batch: Sequence[Waiting]) -> None:
        self._rows -= sum([waiting.rows for waiting in batch])
        self._weighed -= sum([min(waiting.rows, self._most) for waiting in batch])

    async def drained(self) -> None:
        """Returns once nothing waits and nothing is being computed."""
        if self._rows or self._running or self._queue:
            future = self._loop.create_future()
            self._idle.append(future)
            await future

    def close(self) -> None:
        """Refuse what still waits, and anything more."""
        self._closed = True
        waiting, self._queue = self._queue, deque()
        for one in waiting:
            self._fail(one, Unavailable("this route was taken away; ask again"))

    def _join(self) -> None:
        self._due = True
        self._line.join(self._turn)

    def _turn(self) -> None:
        wait_s = self._company_wait_s()
        if wait_s > 0:
            self._due = True
            self._loop.call_later(wait_s, self._go)
        else:
            self._go()

    def _company_wait_s(self) -> float:
        # What outruns this loop would wait for it again and again, and it for the other.
        if not self._runner.waits or self._runner.outruns or len(self._queue) >= self._lately - 0.5:
            return 0.0
        wait_s = self._runner.cost_s * _COMPANY_SHARE
        limit_ms = self._batching.max_wait_ms
        return wait_s if limit_ms is None else min(wait_s, limit_ms / 1000)

    def _go(self) -> None:
        self._due = False
        batch = self._take()
        if not batch:
            self._rest()
            return
        self._running = True
        self._lately = max(float(len(batch)), self._lately * _FADE)
        first = batch[0]
        try:
            table = self._schema.joined([one.part for one in batch])
            more = any([one.more for one in batch])  # noqa: C419  # once per batch, and a list is quicker
            self._runner.run(
                table,
                more=more,
                params=first.params,
                timeout_s=self._timeout_s,
                ran=lambda result: self._ran(batch, table, result),
            )
        except Exception as error:  # noqa: BLE001  # the edge to a runner: a batch it cannot take must not hold up the queue
            _log.exception("a batch could not be given to its runner")
            self._ran(batch, [], ModelFailed(f"the batch could not be given to the model: {type(error).__name__}"))

    def _take(self) -> list[Waiting]:
        """The next callers that may share a call: up to `max_rows`, none that came too late."""
        batch: list[Waiting] = []
        rows = 0
        now = time.perf_counter()
        # Those that are answered now are asking again soon.
        halved = self._runner.outruns and self._rows >= _HALVED_ROWS
        enough = max(1, (self._rows + 1) // 2 if halved else self._rows)
        while self._queue and rows < enough:
            waiting = self._queue[0]
            if waiting.deadline < now:
                self._drop_late(self._queue.popleft())
                continue
            fits = rows + waiting.rows <= self._batching.max_rows and self._runner.mixes and not waiting.alone
            if batch and not (fits and (not self._schema.variable or _alike(waiting.part, batch[0].part))):
                break
            batch.append(self._queue.popleft())
            rows += waiting.rows
            if waiting.alone:
                break
        return batch

    def _drop_late(self, waiting: Waiting) -> None:
        waited_ms = (time.perf_counter() - waiting.started) * 1000
        self._fail(waiting, DeadlineExceeded(f"waited {waited_ms:.0f} ms for the model, which is past the deadline"))

    def _ran(self, batch: list[Waiting], table: Table, result: Answer | ModelwrightError) -> None:
        self._running = False
        if isinstance(result, Answer):
            if self._queue and self._runner.waits:
                self._turn()  # the model computes the next batch while the answers of this one are written
            self._answered(batch, table, result)
        elif len(batch) == 1 or isinstance(result, DeadlineExceeded):
            for waiting in batch:
                self._fail(waiting, result)
        else:
            self._singly(batch)
        if self._queue:
            if not self._due and not self._running:
                self._join()
        elif not self._running:
            self._rest()

    def _answered(self, batch: list[Waiting], table: Table, answer: Answer) -> None:
        rows = sum([waiting.rows for waiting in batch])
        first = batch[0]
        # A whole has no arrays: only a model that answers one caller at a time may give one.
        counts = [len(array) if array.ndim else 1 for array in answer.arrays]
        odd = [count for count, array in zip(counts, answer.arrays, strict=True) if count != rows or not array.ndim]
        if odd or (not answer.arrays and (self._runner.mixes or len(batch) > 1)):
            if len(batch) > 1:
                self._singly(batch)
            else:
                self._fail(first, ModelFailed(f"the model answered {odd[0] if odd else 'no'} rows for {rows}"))
        elif len({waiting.asker for waiting in batch}) == 1:
            self._deliver(first.asker, batch, table, answer)
        else:
            # A route was carried over while they waited, from one desired state to the next.
            start = 0
            for waiting in batch:
                stop = start + waiting.rows
                part = [array[start:stop] for array in table]
                self._deliver(waiting.asker, [waiting], part, answer.part(start, stop))
                start = stop

    def _singly(self, batch: list[Waiting]) -> None:
        """One caller's rows may have spoiled the batch: each gets a call of its own, so only that one fails."""
        for waiting in reversed(batch):
            waiting.alone = True
            self._queue.appendleft(waiting)

    def _deliver(self, asker: Asker, batch: list[Waiting], table: Table, answer: Answer) -> None:
        self._gone(batch)
        try:
            asker.answered(batch, table, answer)
        except Exception:  # noqa: BLE001  # the edge to those who asked: what they do with it must not hold up the queue
            _log.exception("answers could not be delivered")

    def _fail(self, waiting: Waiting, error: ModelwrightError) -> None:
        self._gone([waiting])
        try:
            waiting.asker.failed(waiting, error)
        except Exception:  # noqa: BLE001  # the request's edge: one caller's answer must not cost the others theirs
            _log.exception("an answer could not be delivered")

    def _rest(self) -> None:
        idle, self._idle = self._idle, []
        for future in idle:
            future.set_result(None)


def _alike(part: Table | Numbers, other: Table | Numbers) -> bool:
    if isinstance(part, Numbers) or isinstance(other, Numbers):
        return isinstance(part, Numbers) and isinstance(other, Numbers)
    return all(a.shape[1:] == b.shape[1:] for a, b in zip(part, other, strict=True))
