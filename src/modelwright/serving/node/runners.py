"""Where a batch is computed: in this process, here and now or on a thread; workers are in `remote.py`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Protocol

from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.errors import REFUSALS, from_model
from modelwright.serving.node.signature import Column, Signature
from modelwright.serving.node.tables import Table, rows_of
from modelwright.serving.node.threads import Threads

Ran = Callable[[Answer | ModelwrightError], None]

# Below this cost of a batch the hop to a thread and back costs more than the event loop loses by computing itself. Each
# row of many callers costs the loop some 30 us anyway: as long as the model takes about as much, a thread would only
# take turns with the loop at the interpreter (measured with a forest in batches of 50: 65 us of processor a request,
# and 43 inline), up to what all other callers may wait.
INLINE_BELOW_S = 0.0006
_INLINE_ROW_S = 60e-6
_INLINE_MOST_S = 0.003
# What went to threads comes back below so much of that, so that a model near the border does not go to and fro.
_BACK = 0.75
_FIRST_ROWS = 256
_OUTSIZE = 16


class Predictor(Protocol):
    """A loaded model inside this process. `predict` may be called from one thread at a time.

    `signature` is what the model itself can say about its inputs; None when it cannot. The answer's first array is
    the prediction proper; `more` asks for the others too (probabilities).
    """

    signature: Signature | None
    outputs: tuple[Column, ...]
    engine: str
    mixes: bool

    def predict(self, table: Table, *, more: bool) -> Answer: ...


class Runner(Protocol):
    """Computes one batch at a time. `run` calls `ran` exactly once, on the event loop, possibly before it returns.

    `cost_s` is the lately measured time of one batch; `waits` says whether gathering company pays, and `outruns`
    whether it computes rows in another process, and sooner than this loop reads them and writes their answers. `mixes`
    says that a row's answer does not depend on the rows beside it, so that callers may share a batch.
    """

    signature: Signature | None
    outputs: tuple[Column, ...]
    engine: str
    isolated: bool
    mixes: bool
    cost_s: float
    waits: bool
    outruns: bool
    restarts: int

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None: ...

    def memory_bytes(self) -> int: ...

    def close(self) -> None: ...


class LocalRunner:
    """Runs a predictor inline while it is quick, and on a thread once it is not."""

    isolated = False
    outruns = False
    restarts = 0

    def __init__(self, predictor: Predictor, threads: Threads) -> None:
        self._predictor = predictor
        self._threads = threads
        self.signature = predictor.signature
        self.outputs = predictor.outputs
        self.engine = predictor.engine
        self.mixes = predictor.mixes
        self.cost_s = 0.0
        self.waits = False
        # What a usual batch has: the cost is that of so many rows.
        self._rows = 1.0

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        del params, timeout_s  # native engines take no params; a C++ call cannot be interrupted
        if not self.waits and self._is_quick(rows_of(table)):
            ran(self._timed(table, more=more))
            return
        loop = asyncio.get_running_loop()

        def on_thread() -> None:
            result = self._timed(table, more=more)
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile, and with it who asked
                loop.call_soon_threadsafe(ran, result)

        self._threads.submit(on_thread)

    def _timed(self, table: Table, *, more: bool) -> Answer | ModelwrightError:
        # This thread's own processor time: a machine that is busy with others makes no model slow.
        started = time.thread_time()
        try:
            return self._predictor.predict(table, more=more)
        except ModelwrightError as error:
            return error
        except Exception as error:  # noqa: BLE001  # the edge to a model: whatever it raises becomes an answer
            return from_model(type(error).__name__, str(error), refuses=isinstance(error, REFUSALS))
        finally:
            self._learn(time.thread_time() - started, rows_of(table))

    def _is_quick(self, rows: int) -> bool:
        """Whether so many rows will take no longer than what the event loop may be held up for."""
        if not self.cost_s:
            return rows <= _FIRST_ROWS
        return rows <= self._rows or self.cost_s * rows < _inline_below_s(rows) * self._rows

    def _learn(self, took_s: float, rows: int) -> None:
        # One batch far beyond the usual tells what its rows cost, and nothing of those that come after it.
        usual = min(rows, _OUTSIZE * self._rows) or 1
        self._rows += 0.1 * (usual - self._rows)
        self.cost_s += 0.1 * (took_s * usual / max(rows, 1) - self.cost_s)
        self.waits = self.cost_s > _inline_below_s(self._rows) * (_BACK if self.waits else 1.0)

    def memory_bytes(self) -> int:
        return 0

    def close(self) -> None:
        del self._predictor


def _inline_below_s(rows: float) -> float:
    return min(max(INLINE_BELOW_S, rows * _INLINE_ROW_S), _INLINE_MOST_S)
