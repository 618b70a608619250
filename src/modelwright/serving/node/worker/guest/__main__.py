"""Serve one model over the socket that is file descriptor `argv[1]`, one batch after the other, until it closes.

Everything here runs behind closed doors (`sandbox`), also the import of the model's libraries.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import time
import traceback
import warnings
from typing import Any, Protocol

import numpy as np

from .frames import AT_ONCE_BYTES, PREFIX, Head, pack, unpack
from .inputs import Inputs
from .outputs import Outputs
from .waiting import Waiting

MESSAGE_CHARACTERS = 2000
_NICER = 5


class Model(Protocol):
    """`predict` gives the prediction first and, with `more`, other outputs after it."""

    engine: str
    mixes: bool
    described: dict[str, Any]
    original: Any

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs: ...


def _fill(stream: socket.socket, view: memoryview) -> None:
    """Exactly as many bytes as `view` has; raises EOFError when the node has closed the socket."""
    at = 0
    while at < len(view):
        got = stream.recv_into(view[at:])
        if not got:
            raise EOFError
        at += got


def receive(stream: socket.socket, waiting: Waiting | None = None) -> tuple[Head, list[np.ndarray]]:
    """The next message. The node waits for the answer to one before it sends another: what comes is of one alone."""
    begun = bytearray(AT_ONCE_BYTES)
    size = waiting.into(begun) if waiting is not None else stream.recv_into(begun)
    if not size:
        raise EOFError
    if size < PREFIX.size:
        _fill(stream, memoryview(begun)[size : PREFIX.size])
        size = PREFIX.size
    total, head_bytes = PREFIX.unpack_from(begun)
    body = bytearray(total - 4)
    here = size - PREFIX.size
    body[:here] = begun[PREFIX.size : size]
    _fill(stream, memoryview(body)[here:])
    return unpack(body, head_bytes)


def send(stream: socket.socket, head: Head, arrays: list[np.ndarray]) -> None:
    _write(stream, pack(head, arrays))


def _write(stream: socket.socket, parts: list[bytes]) -> None:
    if sum(map(len, parts)) < AT_ONCE_BYTES:
        stream.sendall(b"".join(parts))
        return
    for part in parts:
        stream.sendall(part)


def _fault(error: BaseException) -> Head:
    traceback.print_exception(error)
    # Whether it speaks of the rows: of what it is a kind, only this side knows.
    refuses = isinstance(error, (ValueError, TypeError, KeyError, IndexError))
    return {"error": type(error).__name__, "message": str(error)[:MESSAGE_CHARACTERS], "refuses": refuses}


def _load(told: Head) -> tuple[Model, Head]:
    """The model, and what the node wants to know of it."""
    runtime = importlib.import_module(f".runtimes.{told['runtime']}", __package__)
    inputs = Inputs(told["schema"])
    model: Model = runtime.load(told["root"], told["flavor"], inputs, told["options"])
    outputs = []
    row = inputs.one_row() if model.described.get("probe", True) else None
    if row is not None:
        try:
            tried = model.predict(row, more=True, params=None)
            outputs = [
                [name, array.dtype.str, list(array.shape[1:])]
                for name, array in zip(tried.names, tried.arrays, strict=True)
            ]
        except Exception as error:  # noqa: BLE001  # a model may rightly refuse a row of zeros
            traceback.print_exception(error)
    described = {"engine": model.engine, "mixes": model.mixes, "outputs": outputs}
    return model, {**described, **model.described}


def _converted(model: Model, told: Head) -> tuple[Head, list[np.ndarray]]:
    """The model as ONNX with what was found when both were asked the same; or why there is none.

    An environment made for a model has no converters: what it lacks is taken from the node's, for the same Python.
    """
    if told["python"] == list(sys.version_info[:2]):
        sys.path.extend(told["paths"])
    try:
        # Models that answer go first; this process ends with its answer.
        os.nice(_NICER)
        content, evidence, trees = importlib.import_module(".convert", __package__).proven(model)
    except Exception as error:  # noqa: BLE001  # the edge to converters, which fail in ways of their own
        return _fault(error), []
    return {"evidence": evidence, "trees": list(trees)}, [np.frombuffer(content, dtype=np.uint8), *trees.values()]


def _explained(model: Model, table: list[np.ndarray], output: str) -> tuple[Head, list[np.ndarray]]:
    try:
        return importlib.import_module(".explain", __package__).explained(model, table, output)  # type: ignore[no-any-return]  # a module by its name is Any
    except Exception as error:  # noqa: BLE001  # the edge to a model: what cannot be read from the inside is asked from the outside
        return _fault(error), []


def _serve(stream: socket.socket, model: Model, *, processors: float) -> None:
    own = os.getpid()
    waiting = Waiting(stream, processors=processors)
    while True:
        head, table = receive(stream, waiting)
        if "convert" in head:
            send(stream, *_converted(model, head["convert"]))
            continue
        if "explain" in head:
            send(stream, *_explained(model, table, head["explain"]))
            continue
        try:
            began = time.perf_counter()
            found = model.predict(table, more=head["more"], params=head["params"])
            took_s = time.perf_counter() - began
            answer: Head = {"names": found.names, "frame": found.frame, "whole": found.whole, "took_s": took_s}
            parts = pack(answer, found.arrays)
        except Exception as error:  # noqa: BLE001  # the edge to a model: whatever it raises becomes an answer
            parts = pack(_fault(error), [])
        if os.getpid() != own:
            # A child that the model has forked and let go came back from the call as well. Two that answer would be
            # one answer too many, which the next caller would get.
            os._exit(0)
        _write(stream, parts)


def main() -> None:
    warnings.simplefilter("ignore")
    stream = socket.socket(fileno=int(sys.argv[1]))
    told, _ = receive(stream)
    try:
        model, described = _load(told)
    except Exception as error:  # noqa: BLE001  # the edge to a model: the node reports why it does not load
        send(stream, _fault(error), [])
        return
    send(stream, described, [])
    try:
        _serve(stream, model, processors=told["processors"])
    except (EOFError, ConnectionError):
        return


if __name__ == "__main__":
    main()
