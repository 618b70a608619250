"""A runner whose model lives in a worker: it is watched, killed when it hangs or grows, and started again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

import msgspec
import numpy as np

from modelwright.core.errors import ModelwrightError, Unavailable
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.dtypes import kind_of
from modelwright.serving.node.errors import DeadlineExceeded, WorkerDied, from_model
from modelwright.serving.node.runners import Ran
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Table, rows_of
from modelwright.serving.node.worker.guest.frames import Head
from modelwright.serving.node.worker.process import Program, Worker

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 30.0
# So many failed starts in a row and callers are told at once instead of being kept waiting, or that it does not load.
_PATIENCE = 3
_WATCH_S = 0.5
# What a row of many callers takes this loop, from the request to the answer (measured: 25 to 45 us).
_LOOP_ROW_S = 40e-6


class _Job(msgspec.Struct):
    """The batch that is with the worker, or waits for one."""

    table: Table
    more: bool
    params: dict[str, Any] | None
    ran: Ran
    timer: asyncio.TimerHandle
    started: float


class RemoteRunner:
    """One batch at a time in a process of its own."""

    isolated = True

    def __init__(self, program: Program) -> None:
        self._program = program
        self._worker: Worker | None = None
        self._job: _Job | None = None
        self._failures = 0
        self._reason = ""
        self._restarting: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self.signature: Signature | None = None
        self.outputs: tuple[Column, ...] = ()
        self.engine = ""
        self.mixes = True
        self.sandbox: tuple[str, ...] = ()
        self.cost_s = 0.0
        self.waits = True
        self.outruns = False
        self._row_s = 0.0
        self.restarts = 0

    async def start(self) -> None:
        """Start the worker and load the model; raises Unavailable with the reason."""
        self._apply(await self._first_started())
        self._watch = self._loop.create_task(self._watch_memory())

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        if self._closed or (self._worker is None and self._failures >= _PATIENCE):
            ran(Unavailable(f"the model's process cannot be started: {self._reason}"))
            return
        timer = self._loop.call_later(timeout_s, self._too_late)
        self._job = _Job(table, more, params, ran, timer, self._loop.time())
        if self._worker is not None:
            self._send(self._worker, self._job)

    def memory_bytes(self) -> int:
        return self._worker.memory_bytes() if self._worker is not None else 0

    @property
    def pid(self) -> int:
        return self._worker.pid if self._worker is not None else 0

    def close(self) -> None:
        """End the process; a batch that is under way gets Unavailable."""
        self._closed = True
        for task in (self._restarting, self._watch):
            if task is not None:
                task.cancel()
        if self._worker is not None:
            self._worker.kill()
            self._background(self._worker.stop())
            self._worker = None
        self._finish(Unavailable("this route was taken away; ask again"))

    async def _first_started(self) -> Head:
        """As `_started`; but a process that ends without a word may have been killed for no fault of the model's."""
        for _ in range(_PATIENCE - 1):
            try:
                return await self._started()
            except WorkerDied as error:
                _log.warning("a worker of %s is started again: %s", self._program.root, error.message)
        return await self._started()

    async def _started(self) -> Head:
        worker = Worker(self._program, self._received, lambda: self._ended(worker))
        hello = await worker.start()
        if self._closed:
            await worker.stop()
            raise Unavailable("this route was taken away")
        self._worker = worker
        return hello

    def _apply(self, hello: Head) -> None:
        self.engine = hello["engine"]
        self.mixes = hello["mixes"]
        self.sandbox = tuple(hello["sandbox"])
        self.outputs = tuple(output_column(name, dtype, dims) for name, dtype, dims in hello["outputs"])
        self.signature = _signature(hello)

    def _send(self, worker: Worker, job: _Job) -> None:
        job.started = self._loop.time()
        try:
            worker.send(job.table, more=job.more, params=job.params)
        except WorkerDied:
            # Its end is about to be told to us too, and starts another; the batch is answered now.
            self._finish(WorkerDied("the model's process ended; it is being started again"))

    def _received(self, head: Head, arrays: list[np.ndarray]) -> None:
        job = self._job
        if job is None:
            return
        if "error" in head:
            self._finish(from_model(head["error"], head["message"], refuses=head["refuses"]))
        else:
            # What the model took, not what the batch waited for this loop; and no guest makes us wait longer than that.
            took_s = min(self._loop.time() - job.started, head["took_s"])
            row_s = took_s / max(rows_of(job.table), 1)
            self.cost_s += 0.1 * (took_s - self.cost_s) if self.cost_s else took_s
            self._row_s += 0.1 * (row_s - self._row_s) if self._row_s else row_s
            self.outruns = self._row_s < _LOOP_ROW_S
            self._finish(Answer(tuple(head["names"]), arrays, head["frame"], head["whole"]))

    def _finish(self, result: Answer | ModelwrightError) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.timer.cancel()
            job.ran(result)

    def _too_late(self) -> None:
        # What hangs in a C library or in an endless loop can only be killed.
        if self._worker is not None:
            self._worker.kill()
        self._finish(DeadlineExceeded("the model gave no answer before the deadline; its process is started again"))

    def _ended(self, worker: Worker) -> None:
        if worker is not self._worker:
            return
        self._worker = None
        why = f": {worker.ended_for}" if worker.ended_for else ""
        _log.warning("a worker of %s ended%s; its last words: %s", self._program.root, why, worker.last_words())
        self._background(worker.stop())
        if not self._closed:
            self.restarts += 1
            self._restarting = self._loop.create_task(self._restart())
        self._finish(WorkerDied(f"the model's process ended while it was computing{why}; it is being started again"))

    async def _restart(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._closed:
            try:
                self._apply(await self._started())
            except ModelwrightError as error:
                self._failures += 1
                self._reason = error.message
                if self._failures >= _PATIENCE:
                    self._finish(Unavailable(f"the model's process cannot be started: {self._reason}"))
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
                continue
            self._failures = 0
            if self._job is not None and self._worker is not None:
                self._send(self._worker, self._job)
            return

    async def _watch_memory(self) -> None:
        limit = self._program.memory_bytes
        while limit is not None:
            await asyncio.sleep(_WATCH_S)
            if self._worker is not None and self._worker.memory_bytes() > limit:
                _log.warning("a worker of %s uses more than %d bytes; it is ended", self._program.root, limit)
                self._worker.kill()

    def _background(self, work: Any) -> None:
        task = self._loop.create_task(work)
        _pending.add(task)
        task.add_done_callback(_ended_quietly)


# The loop keeps weak references only: without this a clean-up could be collected before it has run.
_pending: set[asyncio.Task[Any]] = set()


def _ended_quietly(task: asyncio.Task[Any]) -> None:
    _pending.discard(task)
    with contextlib.suppress(asyncio.CancelledError):
        if task.exception() is not None:
            _log.warning("cleaning up after a worker failed", exc_info=task.exception())


def output_column(name: str, dtype: str, dims: list[int]) -> Column:
    kind = Kind.BYTES if dtype.endswith("O") else kind_of(np.dtype(dtype))
    return Column(name=name, kind=kind, dims=tuple(dims))


def _signature(hello: Head) -> Signature | None:
    """A signature from the number and names of features that the model knows; None when it knows neither."""
    width, names = hello.get("width"), hello.get("feature_names") or []
    if names:
        return Signature(inputs=tuple(Column(name=name, kind=Kind.FP64) for name in names))
    if width:
        return Signature(inputs=(Column(name=None, kind=Kind.FP64, dims=(int(width),)),), tensors=True)
    return None
