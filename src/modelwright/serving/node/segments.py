"""The ledger on a node's disk: Arrow streams, one per route, sealed every few seconds and shipped to the server.

    <folder>/<name>.open.json   what the segment holds, written first
    <folder>/<name>.open        Arrow IPC stream, appended to
    <folder>/<name>.json, .arrows   sealed: never changed again, deleted once the server has it

`Segments.write` returns when the rows are with the operating system: `kill -9` of the node loses none of them.
A stream that was cut short by a kill is read up to its last whole batch, and sealed at the next start.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import nanoarrow as na
import numpy as np
from nanoarrow.ipc import StreamWriter

from modelwright.serving.model import Segment
from modelwright.serving.node import columns
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.streams import read_batches, whole_bytes

SEAL_BYTES = 8 * 1024 * 1024
SEAL_AFTER_S = 5.0

Send = Callable[[Segment, bytes], None]
"""Hands a sealed segment to the server; returns when the server has it, raises when it does not."""


class _Open:
    """A stream being written: one route, one set of columns."""

    def __init__(self, folder: Path, node: str, batch: ScoredBatch) -> None:
        self.path = folder / f"{int(batch.at_ms[0]):012x}-{secrets.token_hex(8)}.open"
        self.begun_s = time.monotonic()
        self.segment = _begun(self.path.stem, node, batch)
        _write_whole(self.path.with_suffix(".open.json"), msgspec.json.encode(self.segment))
        self._file: BinaryIO = self.path.open("wb", buffering=0)
        self._stream = StreamWriter.from_writable(self._file)

    def append(self, batch: ScoredBatch, key: bytes) -> None:
        self._stream.write_array(_rows(batch, key))
        self.segment = msgspec.structs.replace(
            self.segment,
            rows=self.segment.rows + len(batch.predictions),
            last_ms=max(self.segment.last_ms, int(batch.at_ms[-1])),
        )

    @property
    def due(self) -> bool:
        return self._file.tell() >= SEAL_BYTES or time.monotonic() - self.begun_s >= SEAL_AFTER_S

    def seal(self) -> None:
        self._file.close()
        seal(self.path, self.segment)


class Segments:
    """A sink for the node's ledger, safe to share between the thread that writes and the one that ships.

    `key` is what hashed columns are keyed with: equal on all nodes that shall give equal digests.
    """

    def __init__(self, folder: Path, *, node: str, key: bytes) -> None:
        self._folder = folder
        self._node = node
        self._key = key
        self._open: dict[tuple[Any, ...], _Open] = {}
        self._writing = threading.Lock()
        self._shipping = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        recover(folder)

    def write(self, batches: Sequence[ScoredBatch]) -> None:
        """Append all rows. Raises OSError when the disk will not take them."""
        with self._writing:
            for batch in batches:
                if len(batch.predictions):
                    self._stream_for(batch).append(batch, self._key)
        self.tend()

    def tend(self) -> None:
        """Seal what is old or large enough."""
        with self._writing:
            for which, stream in list(self._open.items()):
                if stream.due:
                    del self._open[which]
                    stream.seal()

    def close(self) -> None:
        with self._writing:
            for stream in self._open.values():
                stream.seal()
            self._open.clear()

    def ship(self, send: Send) -> int:
        """Hand every sealed segment to `send`, oldest first, and delete those that arrived. How many did."""
        shipped = 0
        with self._shipping:
            for path in sorted(self._folder.glob("*.arrows")):
                about = path.with_suffix(".json")
                body = path.read_bytes()
                send(msgspec.json.decode(about.read_bytes(), type=Segment), body)
                about.unlink()
                path.unlink()
                shipped += 1
        return shipped

    def _stream_for(self, batch: ScoredBatch) -> _Open:
        kinds = tuple(
            (side, name, array.dtype.str, array.shape[1:])
            for side, values in (("in", batch.inputs), ("out", batch.outputs))
            for name, array in values.items()
        )
        types = tuple(str(one.type) for one in _objects(batch, self._key))
        which = (batch.origin, kinds, types)
        if which not in self._open:
            self._open[which] = _Open(self._folder, self._node, batch)
        return self._open[which]


def _objects(batch: ScoredBatch, key: bytes) -> list[columns.Field]:
    """Object columns, whose Arrow type hangs on the values: text in one batch, bytes in the next."""
    found = {
        name: array
        for values in (batch.inputs, batch.outputs)
        for name, array in values.items()
        if array.dtype == object and name not in batch.origin.logging.hashed
    }
    return columns.fields(found, hashed=frozenset(), masked=frozenset(batch.origin.logging.masked), key=key)


def _begun(name: str, node: str, batch: ScoredBatch) -> Segment:
    origin: Origin = batch.origin
    return Segment(
        name=name,
        node=node,
        workspace=origin.workspace,
        deployment=origin.deployment,
        route=origin.route,
        model=origin.model,
        version=origin.version,
        manifest=origin.manifest,
        engine=origin.engine,
        share=origin.logging.share,
        first_ms=int(batch.at_ms[0]),
        last_ms=int(batch.at_ms[-1]),
        rows=0,
        digest="",
    )


def _rows(batch: ScoredBatch, key: bytes) -> Any:
    logging = batch.origin.logging
    hashed, masked = frozenset(logging.hashed), frozenset(logging.masked)
    rows = len(batch.predictions)
    inputs = columns.fields(batch.inputs if logging.inputs else {}, hashed=hashed, masked=masked, key=key)
    outputs = columns.fields(batch.outputs, hashed=hashed, masked=masked, key=key)
    every = [
        columns.texts("prediction", batch.predictions),
        columns.field("position", batch.position.astype(np.int32)),
        columns.times("at", batch.at_ms),
        columns.field("latency_ms", batch.latency_ms.astype(np.float32)),
        columns.texts("caller", batch.caller),
        *([columns.struct("inputs", inputs, rows)] if inputs else []),
        *([columns.struct("outputs", outputs, rows)] if outputs else []),
    ]
    return columns.struct("", every, rows).array


def seal(path: Path, segment: Segment) -> None:
    """Give an open stream its final name, with its digest; on the disk before anything says so."""
    body = path.read_bytes()
    sealed = msgspec.structs.replace(segment, digest=f"sha256:{hashlib.sha256(body).hexdigest()}")
    with path.open("rb") as held:
        os.fsync(held.fileno())
    _write_whole(path.with_suffix(".json"), msgspec.json.encode(sealed))
    path.rename(path.with_suffix(".arrows"))
    path.with_suffix(".open.json").unlink()


def recover(folder: Path) -> None:
    """Seal what a killed node left open, up to the last whole batch."""
    for about in folder.glob("*.open.json"):
        path = about.with_suffix("")
        segment = msgspec.json.decode(about.read_bytes(), type=Segment)
        body = path.read_bytes() if path.exists() else b""
        batches = read_batches(body)
        if not batches:
            path.unlink(missing_ok=True)
            about.unlink()
            continue
        os.truncate(path, whole_bytes(body))
        last = na.Array(batches[-1].child(2)).to_pylist()[-1]
        rows = sum(len(batch) for batch in batches)
        seal(path, msgspec.structs.replace(segment, rows=rows, last_ms=int(last.timestamp() * 1000)))


def _write_whole(path: Path, body: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(body)
    part.rename(path)
