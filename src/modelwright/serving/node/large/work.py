"""What is done apart: a body becomes a call with its rows, an answer becomes a response."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from modelwright.core.errors import Internal, ModelwrightError, Unavailable
from modelwright.serving.node import invocations, named, v2
from modelwright.serving.node.answers import Answer, Written, written
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.large import frames
from modelwright.serving.node.messages import Headers, Request, Response
from modelwright.serving.node.signature import Signature
from modelwright.serving.node.tables import OpenSchema, Schema, Table

_log = logging.getLogger(__name__)

PARSERS: dict[str, Callable[[Request], Call]] = {
    "v2": v2.parse,
    "invocations": invocations.parse,
    "named": named.parse,
}


class Reading(msgspec.Struct, frozen=True):
    """One way to read rows: equal for schemas that read the same."""

    signature: Signature
    open: bool

    @classmethod
    def of(cls, schema: Schema) -> Reading:
        return cls(schema.signature, isinstance(schema, OpenSchema))

    def schema(self) -> Schema:
        return OpenSchema() if self.open else Schema(self.signature)


class ToRead(msgspec.Struct):
    """A body, and the ways to read it: one for each signature that is served."""

    protocol: str
    headers: Headers
    body: pickle.PickleBuffer
    readings: tuple[Reading, ...]


class ToWrite(msgspec.Struct):
    """An answer, cut for the way, and the call that it answers, without what was asked."""

    call: Call
    names: tuple[str, ...]
    arrays: list[Any]
    frame: bool
    served: Served


class Read(msgspec.Struct):
    """What came of a body; the tables are cut for the way, or say what is wrong with the rows."""

    call: Call
    tables: dict[Reading, list[Any] | ModelwrightError]

    def whole(self) -> ReadCall:
        tables: dict[Reading, Table | ModelwrightError] = {
            reading: found if isinstance(found, ModelwrightError) else frames.joined(found)
            for reading, found in self.tables.items()
        }
        return ReadCall(self.call, tables)


class ReadCall(Call):
    """A call whose rows have been read."""

    __slots__ = ("call", "more", "params", "tables", "timeout_s")

    def __init__(self, call: Call, tables: dict[Reading, Table | ModelwrightError]) -> None:
        self.call = call
        self.more = call.more
        self.params = call.params
        self.timeout_s = call.timeout_s
        self.tables = tables

    def knows(self, readings: Iterable[Reading]) -> bool:
        return self.tables.keys() >= set(readings)

    def table(self, schema: Schema) -> Table:
        found = self.tables.get(Reading.of(schema))
        if found is None:
            raise Unavailable("the version that was to answer is another one by now; ask again")
        if isinstance(found, ModelwrightError):
            raise found
        return found

    def in_bytes(self) -> bool:
        return self.call.in_bytes()

    def bare(self) -> Call | None:
        return self.call.bare()

    def render(self, answer: Answer, served: Served) -> Response:
        return self.call.render(answer, served)

    def write(self, written: Written, start: int, stop: int, served: Served) -> Response | None:
        return self.call.write(written, start, stop, served)

    def error(self, error: ModelwrightError) -> Response:
        return self.call.error(error)


def do(work: ToRead | ToWrite) -> Read | Response | ModelwrightError:
    """Never raises."""
    try:
        return _read(work) if isinstance(work, ToRead) else _write(work)
    except ModelwrightError as error:
        return error
    except Exception:  # noqa: BLE001  # the request's edge: one body or answer must not end the process for all others
        _log.exception("a large %s failed", "body" if isinstance(work, ToRead) else "answer")
        return Internal("the node failed on this request; its log says more")


def _read(work: ToRead) -> Read:
    call = PARSERS[work.protocol](Request("POST", "", work.headers, bytes(work.body)))
    tables = _tables(call, work.readings)
    cut = {one: found if isinstance(found, ModelwrightError) else frames.cut(found) for one, found in tables.items()}
    return Read(call.bare() or call, cut)


def read(call: Call, readings: Iterable[Reading]) -> ReadCall:
    """The call with its rows read, here and now."""
    return ReadCall(call, _tables(call, readings))


def _tables(call: Call, readings: Iterable[Reading]) -> dict[Reading, Table | ModelwrightError]:
    found: dict[Reading, Table | ModelwrightError] = {}
    for reading in readings:
        try:
            found[reading] = call.table(reading.schema())
        except ModelwrightError as error:
            found[reading] = error
    return found


def _write(work: ToWrite) -> Response:
    answer = Answer(work.names, frames.joined(work.arrays), work.frame)
    return response_to(work.call, answer, work.served)


def response_to(call: Call, answer: Answer, served: Served) -> Response:
    """The whole of an answer for the only one who asked."""
    texts = written(answer)
    found = call.write(texts, 0, answer.rows, served) if texts is not None else None
    return found if found is not None else call.render(answer, served)
