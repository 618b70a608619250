"""What happens once a model has answered: every caller is told, and the rows are counted, kept and mirrored.

All of it is done once for a batch and not once for a caller, as far as callers do not differ.
"""

from __future__ import annotations

import itertools
import logging
import random
import secrets
import time
from collections.abc import Sequence

import msgspec

from modelwright.core.errors import Internal, ModelwrightError
from modelwright.serving.model import Durability
from modelwright.serving.node.answers import Answer, Written, written
from modelwright.serving.node.batcher import Asker
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.clock import now_ms
from modelwright.serving.node.errors import ModelRefused
from modelwright.serving.node.large.aside import LARGE_VALUES, Aside
from modelwright.serving.node.ledger import Entry, Ring
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.messages import Response, with_retry
from modelwright.serving.node.mirror import Mirror
from modelwright.serving.node.questions import Question, rows_at
from modelwright.serving.node.tables import Table, rows_of

_log = logging.getLogger(__name__)
PREDICTION_HEADER = b"Modelwright-Prediction"
LEDGER_HEADER = b"Modelwright-Ledger"

# An id is 12 digits of milliseconds, 8 of this process, 4 of the route, 8 of a counter: ids sort by time, and an
# outcome that comes back weeks later is known to be of the candidate or the control without a look into the ledger.
_PROCESS = secrets.token_hex(4)
_counter = itertools.count(secrets.randbits(16))
_random = random.Random()  # noqa: S311  # draws samples; guards nothing


class _Batch(msgspec.Struct, gc=False):
    """Requests that one call of the model answered. Lists have an entry per request, arrays one per row."""

    questions: Sequence[Question]
    table: Table
    answer: Answer
    at_ms: int
    predictions: list[str]
    responses: list[Response]
    latencies_ms: list[float]


class Answering(Asker):
    """Takes what the model of one route answers for one deployment, as that is now."""

    def __init__(self, route: LiveRoute, ring: Ring, mirrors: Sequence[Mirror], aside: Aside | None = None) -> None:
        self.route = route
        self._aside = aside
        self._ring = ring
        self._mirrors = tuple(mirrors)
        self._log_share = route.origin.logging.share
        self._promises = route.origin.logging.durability is Durability.LOGGED

    def failed(self, waiting: Question, error: ModelwrightError) -> None:
        latency_ms = (time.perf_counter() - waiting.started) * 1000
        # What the model could not do counts against its route even where the caller is told 400.
        fault = error.status >= Internal.status or isinstance(error, ModelRefused)
        self.route.tally.request(now_ms(), waiting.rows, latency_ms, error=fault, refused=not fault)
        waiting.respond(with_retry(waiting.call.error(error)))

    def answered(self, batch: Sequence[Question], table: Table, answer: Answer) -> None:
        if self._aside is not None and len(batch) == 1 and _is_large(answer):
            asked = batch[0].call
            call = None if asked.in_bytes() and not _has_objects(answer) else asked.bare()
            if call is not None:
                self._write_aside(self._aside, call, batch, table, answer)
                return
        self._done(self._written(batch, table, answer))

    def _write_aside(self, aside: Aside, call: Call, batch: Sequence[Question], table: Table, answer: Answer) -> None:
        """For the only caller: what takes the loop as long as a thousand small answers, nobody waits for."""
        at_ms = now_ms()
        served = self._served(self._issued(at_ms))

        def told(response: Response) -> None:
            latency_ms = (time.perf_counter() - batch[0].started) * 1000
            self._done(_Batch(batch, table, answer, at_ms, [served.prediction], [response], [latency_ms]))

        aside.write(call, answer, served, told)

    def _done(self, done: _Batch) -> None:
        batch, table, answer = done.questions, done.table, done.answer
        sampled = self._sampled(len(batch)) if answer.arrays else []
        if self._promises:
            self._promise(done, sampled)
        else:
            self._count(now_ms(), batch, done.responses, done.latencies_ms)
            for waiting, response in zip(batch, done.responses, strict=True):
                _respond(waiting, response)
            if sampled:
                self._ring.append(self._entry(done, sampled))
        for mirror in self._mirrors:
            mirror.show(batch, table, answer)

    def _issued(self, at_ms: int) -> str:
        """How ids begin that are given at this time."""
        return f"{at_ms:012x}{_PROCESS}{self.route.tag}"

    def _served(self, issued: str) -> Served:
        route = self.route
        prediction = f"{issued}{next(_counter) & 0xFFFFFFFF:08x}"
        headers = ((PREDICTION_HEADER, prediction.encode()), route.version_header)
        return Served(route.origin.deployment, route.version, prediction, route.v2_head, headers)

    def _written(self, batch: Sequence[Question], table: Table, answer: Answer) -> _Batch:
        now, at_ms = time.perf_counter(), now_ms()
        done = _Batch(batch, table, answer, at_ms, [], [], [])
        texts = written(answer)
        issued = self._issued(at_ms)
        start = 0
        for waiting in batch:
            stop = start + waiting.rows
            served = self._served(issued)
            response = _from_texts(waiting.call, texts, start, stop, served) if texts is not None else None
            if response is None:
                # What is not made of rows has one caller, who gets it whole.
                response = rendered(waiting.call, answer if len(batch) == 1 else answer.part(start, stop), served)
            done.predictions.append(served.prediction)
            done.responses.append(response)
            done.latencies_ms.append((now - waiting.started) * 1000)
            start = stop
        return done

    def _sampled(self, requests: int) -> Sequence[int]:
        """Which of the requests go into the ledger."""
        if self._log_share >= 1.0:
            return range(requests)
        return [place for place in range(requests) if _random.random() < self._log_share]

    def _entry(self, done: _Batch, sampled: Sequence[int]) -> Entry:
        questions, table, outputs = done.questions, done.table, done.answer.arrays
        predictions, latencies_ms = done.predictions, done.latencies_ms
        if len(sampled) < len(questions):
            rows = rows_at(questions, sampled)
            table, outputs = [array[rows] for array in table], [array[rows] for array in outputs]
            questions = [questions[place] for place in sampled]
            predictions = [predictions[place] for place in sampled]
            latencies_ms = [latencies_ms[place] for place in sampled]
        return Entry(
            self.route.origin,
            self.route.schema,
            done.at_ms,
            predictions,
            latencies_ms,
            [one.caller for one in questions],
            [one.rows for one in questions],
            rows_of(table),
            table,
            done.answer.names,
            outputs,
        )

    def _promise(self, done: _Batch, sampled: Sequence[int]) -> None:
        """Answer once the rows are on the disk, or it is known that they will not be; the callers are told which."""

        def tell(place: int, said: bytes) -> None:
            waiting, response = done.questions[place], done.responses[place]
            latency_ms = (time.perf_counter() - waiting.started) * 1000
            self._count(now_ms(), [waiting], [response], [latency_ms])
            response.headers = (*response.headers, (LEDGER_HEADER, said))
            _respond(waiting, response)

        for place in set(range(len(done.questions))).difference(sampled):
            tell(place, b"not-sampled")
        if not sampled:
            return

        def told(kept: bool) -> None:  # noqa: FBT001  # what `Told` is
            for place in sampled:
                tell(place, b"logged" if kept else b"failed")

        entry = self._entry(done, sampled)
        entry.told = told
        if not self._ring.append(entry):
            told(kept=False)

    def _count(
        self, at_ms: int, questions: Sequence[Question], responses: Sequence[Response], latencies_ms: list[float]
    ) -> None:
        rows = sum([one.rows for one in questions])
        errors = sum([one.status >= Internal.status for one in responses])
        self.route.tally.requests(at_ms, rows, latencies_ms, errors=errors)


def _is_large(answer: Answer) -> bool:
    return sum([array.size for array in answer.arrays]) > LARGE_VALUES


def _has_objects(answer: Answer) -> bool:
    return any(array.dtype == object for array in answer.arrays)


def _respond(waiting: Question, response: Response) -> None:
    try:
        waiting.respond(response)
    except Exception:  # noqa: BLE001  # the request's edge: one caller's answer must not cost the others theirs
        _log.exception("an answer could not be delivered")


def _from_texts(call: Call, texts: Written, start: int, stop: int, served: Served) -> Response | None:
    """None also where writing failed: then `rendered` finds the words for it."""
    try:
        return call.write(texts, start, stop, served)
    except Exception:  # noqa: BLE001  # the request's edge: one caller's answer must not cost the others theirs
        return None


def rendered(call: Call, answer: Answer, served: Served) -> Response:
    """The answer in the call's own protocol; what that cannot say becomes an error in it."""
    try:
        return call.render(answer, served)
    except ModelwrightError as error:
        return call.error(error)
    except Exception:  # noqa: BLE001  # the request's edge: a model may answer with something that no protocol can say
        _log.exception("an answer of %s could not be written", served.version)
        return call.error(Internal(f"{served.version} answered with something that this protocol cannot say"))
