"""From answered requests to the ledger and the profiles, off the request path.

The request path appends one entry per call of a model to a bounded ring. A thread empties the ring a few times a
second, joins what belongs to one route, and hands each sink one `ScoredBatch` per route with arrays, never rows.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

import msgspec
import numpy as np

from modelwright.serving.model import Logging
from modelwright.serving.node.optional import masked
from modelwright.serving.node.signature import Column
from modelwright.serving.node.tables import Schema, Table

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Which route answered; equal for all rows of a `ScoredBatch`."""

    deployment: str
    workspace: str
    route: str
    model: str
    version: int
    manifest: str
    engine: str
    logging: Logging


class ScoredBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Answered rows of one route, oldest first.

    `inputs` maps column names to arrays of shape (rows,) or (rows, *dims); `outputs` likewise. `predictions` holds the
    request's id for each row and `position` the row's place in its request: together they name a row for ever.
    `latency_ms` is that of the row's request; `caller` is the sticky key, "" when there was none. Rows are here with
    the probability `origin.logging.share`; masking and hashing are the sink's duty.
    """

    origin: Origin
    inputs: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]
    predictions: list[str]
    position: np.ndarray
    at_ms: np.ndarray
    latency_ms: np.ndarray
    caller: list[str]
    columns: tuple[Column, ...]


class Sink(Protocol):
    """Takes batches on the ledger's thread.

    `write` returns when the rows are safe: with the operating system, and where the batch's deployment says `logged`,
    on the disk. When it raises, none of the batch's rows are kept.
    """

    def write(self, batch: ScoredBatch) -> None: ...

    def close(self) -> None: ...


Told = Callable[[bool], None]
"""Is told, on the event loop, whether the rows are in the ledger."""


class Entry(msgspec.Struct, gc=False):
    """Requests that one call of the model answered, as the request path leaves them behind.

    `predictions`, `latencies_ms`, `callers` and `lengths` have an entry per request, `table` and `outputs` one per row;
    a request has as many rows as its entry in `lengths` says. `told` is for callers who wait to hear.
    """

    origin: Origin
    schema: Schema
    at_ms: int
    predictions: list[str]
    latencies_ms: list[float]
    callers: list[str]
    lengths: list[int]
    rows: int
    table: Table
    names: tuple[str, ...]
    outputs: list[np.ndarray]
    told: Told | None = None


class Ring:
    """Holds entries until the thread comes. Full, it drops new ones and counts them: answering goes before keeping.

    An entry with `told` wakes the thread at once. What arrives while the disk is busy with those before it is written
    together: one sync for many callers.
    """

    def __init__(self, sinks: Sequence[Sink], *, capacity_rows: int = 1_000_000, period_s: float = 0.25) -> None:
        self._sinks = sinks
        self._capacity_rows = capacity_rows
        self._period_s = period_s
        self._entries: deque[Entry] = deque()
        self._rows = 0
        self.dropped_rows = 0
        self.trouble = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._consume, name="ledger", daemon=True)
        if sinks:
            self._thread.start()

    def append(self, entry: Entry) -> bool:
        """Whether the entry is taken; only then is its `told` called. Called on the event loop only."""
        if not self._sinks:
            return False
        if self._rows >= self._capacity_rows:
            self.dropped_rows += entry.rows
            return False
        self._rows += entry.rows
        self._entries.append(entry)
        if entry.told is not None:
            self._loop = asyncio.get_running_loop()
            self._wake.set()
        return True

    def flush(self) -> None:
        """Hand over all that is here, on the calling thread."""
        entries = [self._entries.popleft() for _ in range(len(self._entries))]
        # A racing append may be lost from this count, never from the ring; the count only bounds memory.
        self._rows = max(0, self._rows - sum(entry.rows for entry in entries))
        if not entries:
            return
        told: list[tuple[Told, bool]] = []
        for group in grouped(entries):
            for part, kept in self._kept(group):
                told += [(entry.told, kept) for entry in part if entry.told is not None]
        if told and self._loop is not None:
            self._loop.call_soon_threadsafe(_tell, told)

    def _kept(self, group: list[Entry]) -> list[tuple[list[Entry], bool]]:
        """The group in parts, with whether each is safe now."""
        written = 0
        try:
            batch = joined(group)
            for sink in self._sinks:
                sink.write(batch)
                written += 1
        except Exception as error:  # noqa: BLE001  # the thread's edge: a full disk must not end the serving of predictions
            if len(group) > 1 and not written and not isinstance(error, OSError):
                # Something in it cannot be written: that shall cost its own caller the ledger, and nobody else.
                half = len(group) // 2
                return [*self._kept(group[:half]), *self._kept(group[half:])]
            self.dropped_rows += sum(entry.rows for entry in group)
            if not self.trouble:
                _log.exception("the ledger does not take rows; predictions are answered on")
            self.trouble = f"{type(error).__name__}: {error}"
            return [(group, False)]
        self.trouble = ""
        return [(group, True)]

    def close(self) -> None:
        """Hand over the rest and close the sinks."""
        self._stop.set()
        self._wake.set()
        if self._sinks:
            self._thread.join()
        self.flush()
        for sink in self._sinks:
            sink.close()

    def _consume(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._period_s)
            self._wake.clear()
            self.flush()


def _tell(told: list[tuple[Told, bool]]) -> None:
    for tell, kept in told:
        try:
            tell(kept)
        except Exception:  # noqa: BLE001  # the request's edge: one caller's answer must not cost the others theirs
            _log.exception("an answer that waited for the ledger could not be delivered")


def grouped(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Entries that make one batch: of one route, with outputs of the same names and shapes; each group in order."""
    groups: dict[tuple[int, tuple[str, ...]], list[Entry]] = {}
    for entry in entries:
        which = (id(entry.origin), entry.names)
        if which in groups:
            groups[which].append(entry)
        else:
            groups[which] = [entry]
    return [alike for group in groups.values() for alike in _alike(group)]


def _alike(group: list[Entry]) -> Iterable[list[Entry]]:
    """The entries in lists whose arrays can be joined; nearly always that is one list."""
    if not group[0].schema.variable and all(array.ndim == 1 for entry in group for array in entry.outputs):
        return [group]
    found: dict[tuple[tuple[int, ...], ...], list[Entry]] = {}
    for entry in group:
        shapes = tuple([array.shape[1:] for array in (*entry.table, *entry.outputs)])
        found.setdefault(shapes, []).append(entry)
    return found.values()


def joined(group: Sequence[Entry]) -> ScoredBatch:
    """The rows of a group, one after the other."""
    first = group[0]
    lengths = np.array(_chained([entry.lengths for entry in group]))
    table = _joined([entry.table for entry in group])
    outputs = _joined([entry.outputs for entry in group])
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    inputs = first.schema.by_name(table)
    return ScoredBatch(
        origin=first.origin,
        inputs=masked(inputs, first.schema.columns) if first.schema.optional else inputs,
        outputs=dict(zip(first.names, outputs, strict=True)),
        predictions=_repeated(_chained([entry.predictions for entry in group]), lengths),
        position=np.arange(len(starts)) - starts,
        at_ms=np.repeat(np.array([entry.at_ms for entry in group]), np.array([entry.rows for entry in group])),
        latency_ms=np.repeat(np.array(_chained([entry.latencies_ms for entry in group])), lengths),
        caller=_repeated(_chained([entry.callers for entry in group]), lengths),
        columns=first.schema.columns,
    )


def _joined(tables: Sequence[list[np.ndarray]]) -> list[np.ndarray]:
    # A lone one is not copied: that of a large request would take the interpreter from all others meanwhile.
    return [np.concatenate(arrays) if len(arrays) > 1 else arrays[0] for arrays in zip(*tables, strict=True)]


def _chained(lists: Iterable[list[T]]) -> list[T]:
    return list(itertools.chain.from_iterable(lists))


def _repeated(texts: list[str], lengths: np.ndarray) -> list[str]:
    """Each text as many times as its request has rows."""
    if len(texts) == lengths.sum():
        return texts
    return [text for text, length in zip(texts, lengths.tolist(), strict=True) for _ in range(length)]
