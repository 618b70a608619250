"""The ledger on a node's disk: Arrow streams, one per route, sealed every few seconds and shipped to the server.

    <folder>/<name>.open.json   what the segment holds, written first
    <folder>/<name>.open        Arrow IPC stream, appended to
    <folder>/<name>.json, .arrows   sealed: never changed again, deleted once the server has it

`Segments.write` returns when the rows are with the operating system: `kill -9` of the node loses none of them. Rows
of a deployment that promises `logged` are on the disk by then, so that a power cut loses none either. A stream that
was cut short by a kill is read up to its last whole batch, and sealed at the next start. What a failing disk has made
unreadable is put aside in `<folder>/damaged`, for a person to look at: it must keep neither the node from starting nor
other segments from the server.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import nanoarrow as na
import numpy as np
from nanoarrow.ipc import StreamWriter

from modelwright.core.errors import BadInput
from modelwright.serving.model import Durability, Segment
from modelwright.serving.node import columns
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.streams import read_batches, whole_bytes

_log = logging.getLogger(__name__)
SEAL_BYTES = 8 * 1024 * 1024
SEAL_AFTER_S = 5.0
# Writing so many takes a millisecond or two, for which nobody else has the interpreter.
_TURN_ROWS = 4096

Send = Callable[[Segment, bytes], None]
"""Hands a sealed segment to the server; returns when the server has it, raises when it does not: Refused where that
says nothing of the segments after it.
"""
_DAMAGED = "damaged"


class Refused(BadInput):
    """The server does not take this segment; it may take others."""

    code = "segment_refused"


class _Open:
    """A stream being written: one route, one set of columns."""

    def __init__(self, folder: Path, node: str, batch: ScoredBatch) -> None:
        self.path = folder / f"{int(batch.at_ms[0]):012x}-{secrets.token_hex(8)}.open"
        self.begun_s = time.monotonic()
        self.segment = _begun(self.path.stem, node, batch)
        _write_whole(self.path.with_suffix(".open.json"), msgspec.json.encode(self.segment))
        self._file: BinaryIO = self.path.open("wb", buffering=0)
        sync_folder(folder)
        self._encoded = io.BytesIO()
        self._stream = StreamWriter.from_writable(self._encoded)

    def append(self, batch: ScoredBatch, key: bytes) -> None:
        """All rows or, raising OSError, none of them; then the encoder has moved on, and the stream is to be sealed."""
        for start in range(0, len(batch.predictions), _TURN_ROWS):
            self._stream.write_array(_rows(_part(batch, start, start + _TURN_ROWS), key))
        whole = self._file.tell()
        try:
            write_all(self._file, self._encoded.getvalue())
            if batch.origin.logging.durability is Durability.LOGGED:
                os.fsync(self._file.fileno())
        except OSError:
            # Half a message would hide all that follow it.
            self._file.truncate(whole)
            self._file.seek(whole)
            raise
        self._encoded.seek(0)
        self._encoded.truncate()
        self.segment = msgspec.structs.replace(
            self.segment,
            rows=self.segment.rows + len(batch.predictions),
            first_ms=min(self.segment.first_ms, int(batch.at_ms.min())),
            last_ms=max(self.segment.last_ms, int(batch.at_ms.max())),
        )

    @property
    def due(self) -> bool:
        return self._file.tell() >= SEAL_BYTES or time.monotonic() - self.begun_s >= SEAL_AFTER_S

    def seal(self) -> None:
        """May be called again after it raised OSError for want of room."""
        self._file.close()
        if self.segment.rows:
            seal(self.path, self.segment)
        else:
            drop(self.path)


class Segments:
    """A sink for the node's ledger, safe to share between the thread that writes and the one that ships.

    `key` is what hashed columns are keyed with: equal on all nodes that shall give equal digests.
    """

    def __init__(self, folder: Path, *, node: str, key: bytes) -> None:
        self._folder = folder
        self._node = node
        self._key = key
        self._open: dict[tuple[Any, ...], _Open] = {}
        self._unsealed: list[_Open] = []
        self._writing = threading.Lock()
        self._shipping = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        recover(folder)

    def write(self, batch: ScoredBatch) -> None:
        """Append all rows. Raises OSError when the disk will not take them; then none are kept."""
        with self._writing:
            if batch.predictions:
                self._append(batch)
        self.tend()

    def _append(self, batch: ScoredBatch) -> None:
        which = self._kind(batch)
        if which not in self._open:
            self._open[which] = _Open(self._folder, self._node, batch)
        try:
            self._open[which].append(batch, self._key)
        except Exception:
            self._unsealed.append(self._open.pop(which))
            raise

    def tend(self) -> None:
        """Seal what is old or large enough; what a full disk does not let be sealed is tried again the next time."""
        with self._writing:
            due = [which for which, stream in self._open.items() if stream.due]
            self._unsealed += [self._open.pop(which) for which in due]
            self._seal()

    def close(self) -> None:
        with self._writing:
            self._unsealed += self._open.values()
            self._open.clear()
            self._seal()

    def _seal(self) -> None:
        waiting, self._unsealed = self._unsealed, []
        for stream in waiting:
            try:
                stream.seal()
            except OSError:
                self._unsealed.append(stream)

    def ship(self, send: Send) -> int:
        """Hand every sealed segment to `send`, oldest first, and delete those that arrived. How many did.

        Raises the last Refused once all were offered, and at once what else `send` raises.
        """
        shipped = 0
        refused: Refused | None = None
        with self._shipping:
            for path in sorted(self._folder.glob("*.arrows")):
                body = path.read_bytes()
                segment = _described(path, body)
                if segment is None:
                    continue
                try:
                    send(segment, body)
                except Refused as error:
                    refused = error
                    continue
                # In this order: a description without rows is swept away, rows without one could never be sent.
                path.unlink()
                path.with_suffix(".json").unlink()
                shipped += 1
        if refused is not None:
            raise refused
        return shipped

    def _kind(self, batch: ScoredBatch) -> tuple[Any, ...]:
        """Equal for batches that may share a stream."""
        kinds = tuple(
            (side, name, array.dtype.str, array.shape[1:])
            for side, values in (("in", batch.inputs), ("out", batch.outputs))
            for name, array in values.items()
        )
        types = tuple(str(one.type) for one in _objects(batch, self._key))
        return batch.origin, kinds, types


def _part(batch: ScoredBatch, start: int, stop: int) -> ScoredBatch:
    if stop - start >= len(batch.predictions):
        return batch
    return msgspec.structs.replace(
        batch,
        inputs={name: values[start:stop] for name, values in batch.inputs.items()},
        outputs={name: values[start:stop] for name, values in batch.outputs.items()},
        predictions=batch.predictions[start:stop],
        position=batch.position[start:stop],
        at_ms=batch.at_ms[start:stop],
        latency_ms=batch.latency_ms[start:stop],
        caller=batch.caller[start:stop],
    )


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
        # Not the first and the last: a clock may be set back.
        first_ms=int(batch.at_ms.min()),
        last_ms=int(batch.at_ms.max()),
        rows=0,
        digest="",
        hidden=(*origin.logging.hashed, *origin.logging.masked),
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
    sync_folder(path.parent)
    path.with_suffix(".open.json").unlink()


def drop(path: Path) -> None:
    """Forget an open stream that holds nothing."""
    path.unlink(missing_ok=True)
    path.with_suffix(".open.json").unlink(missing_ok=True)


def recover(folder: Path) -> None:
    """Seal what a killed node left open, up to the last whole batch, and sweep away what it left half done.

    What a full disk does not let be sealed waits for the next start; what cannot be read is put aside.
    """
    for part in folder.glob("*.part"):
        part.unlink()
    for about in folder.glob("*.open.json"):
        try:
            _seal_again(about)
        except OSError as error:
            _log.warning("%s waits to be sealed: %s", about.name, error)
        except Exception as error:  # noqa: BLE001  # the edge to the disk: what rots there must not keep the node from its work
            _put_aside(about.with_suffix(""), about, f"{type(error).__name__}: {error}")
    for about in folder.glob("*.json"):
        if not about.name.endswith(".open.json") and not about.with_suffix(".arrows").exists():
            about.unlink()


def _seal_again(about: Path) -> None:
    path = about.with_suffix("")
    segment = msgspec.json.decode(about.read_bytes(), type=Segment)
    body = path.read_bytes() if path.exists() else b""
    batches = read_batches(body)
    if not batches:
        drop(path)
        return
    os.truncate(path, whole_bytes(body))
    at_ms = [int(at.timestamp() * 1000) for batch in batches for at in na.Array(batch.child(2)).to_pylist()]
    seal(path, msgspec.structs.replace(segment, rows=len(at_ms), first_ms=min(at_ms), last_ms=max(at_ms)))


def _described(path: Path, body: bytes) -> Segment | None:
    """What a sealed stream holds; None when that or the stream is not what was written, and it was put aside."""
    about = path.with_suffix(".json")
    try:
        segment = msgspec.json.decode(about.read_bytes(), type=Segment)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        _put_aside(path, about, f"{type(error).__name__}: {error}")
        return None
    found = f"sha256:{hashlib.sha256(body).hexdigest()}"
    if segment.digest != found:
        _put_aside(path, about, f"its bytes are {found} and should be {segment.digest}")
        return None
    return segment


def _put_aside(path: Path, about: Path, why: str) -> None:
    aside = path.parent / _DAMAGED
    try:
        aside.mkdir(exist_ok=True)
        for one in (path, about):
            with contextlib.suppress(FileNotFoundError):
                one.rename(aside / one.name)
    except OSError as error:
        why = f"{why}; and it stays where it is: {error}"
    _log.error("%s of the ledger is damaged, and put aside in %s: %s", path.name, aside, why)


def write_all(file: BinaryIO, body: bytes) -> None:
    """An unbuffered file may take a part of it only, which is how a disk that is filling up begins."""
    rest = memoryview(body)
    while rest:
        rest = rest[file.write(rest) :]


def sync_folder(folder: Path) -> None:
    """Make names that were given or taken in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_whole(path: Path, body: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb", buffering=0) as file:
            write_all(file, body)
            os.fsync(file.fileno())
        part.rename(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
