"""Asking one version off the record: nothing of it is counted or kept, and no caller gets its answers."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import msgspec

from modelwright.artifacts.blobs import Blobs
from modelwright.core.clock import now_ms
from modelwright.core.deferred import Deferred
from modelwright.core.errors import BadInput, Internal, Unavailable
from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.replaying import Replayed, apart, compared, is_whole
from modelwright.serving.rollouts.replay import Progress
from modelwright.serving.service.rehearsals import Cast, Seat
from modelwright.serving.shown import Prediction, ReplayShown
from modelwright.serving.stored import Row, moment, newest

if TYPE_CHECKING:
    import httpx
else:
    httpx = Deferred("httpx")

_TIMEOUT_S = 60.0
# A process with the model's libraries is started for it.
_INSIDE_S = 300.0
_TRIES = 3
_PAUSE_S = 0.5
_WORDS = 300
_NOT_THERE = frozenset({403, 404, 429})
"""The node has another key or not this version any more, or has too much to do: nothing about the version."""

_REFUSED = 400
_FAULT = 500
_BUSY = 503


class _Said(msgspec.Struct):
    predictions: Any


class _Refusal(msgspec.Struct):
    message: str = ""


class Inside(msgspec.Struct, frozen=True):
    """An answer in parts, as its model makes it: `base` and all of `values`, by feature, add up to `answer`."""

    method: str
    base: float
    answer: float
    values: dict[str, float]


class Rehearsal:
    """One version on one node, while the block lasts."""

    def __init__(self, seat: Seat) -> None:
        name = quote(seat.deployment, safe="")
        self.seat = seat
        self._version = f"{seat.address}/deployments/{name}/versions/{seat.number}"
        headers = {"modelwright-key": seat.key, "content-type": "application/json"}
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False, headers=headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
        """All outputs of each row, the answer proper first.

        Raises BadInput for what the version does not take, Internal when it fails, and Unavailable when the node does
        not let it answer.
        """
        body = msgspec.json.encode({"columns": columns})
        answer = self._post(body)
        for _ in range(_TRIES - 1):
            if answer.status_code != _BUSY:
                break
            time.sleep(_PAUSE_S)  # a model's process that has died is there again in a moment
            answer = self._post(body)
        if answer.is_success:
            return _rows(answer.content)
        words = _words(answer.content)[:_WORDS] or f"status {answer.status_code}"
        if answer.status_code in _NOT_THERE or answer.is_redirect:
            raise Unavailable(f"the node at {self.seat.address} did not ask the version: {words}")
        raise (Internal if answer.status_code >= _FAULT else BadInput)(words)

    def inside(self, columns: dict[str, list[Any]], output: str) -> Inside:
        """What the first row's `output` owes to each feature, against the other rows.

        Raises BadInput where the model cannot be read so, and Unavailable when the node does not let it be.
        """
        answer = self._post(msgspec.json.encode({"columns": columns, "output": output}), "shares", _INSIDE_S)
        if not answer.is_success:
            words = _words(answer.content)[:_WORDS] or f"status {answer.status_code}"
            raise (BadInput if answer.status_code == _REFUSED else Unavailable)(words)
        try:
            return msgspec.json.decode(answer.content, type=Inside)
        except msgspec.MsgspecError as error:
            raise Unavailable(f"the node answered something else than a node does: {error}") from error

    def _post(self, body: bytes, what: str = "rehearse", timeout_s: float = _TIMEOUT_S) -> httpx.Response:
        try:
            return self._client.post(f"{self._version}/{what}", content=body, timeout=timeout_s)
        except httpx.TransportError as error:
            raise Unavailable(f"the node at {self.seat.address} does not answer: {error!r}") from error


def _rows(content: bytes) -> list[dict[str, Any]]:
    try:
        said = msgspec.json.decode(content, type=_Said).predictions
    except msgspec.MsgspecError as error:
        raise Unavailable(f"the node answered something else than a node does: {error}") from error
    rows = said if isinstance(said, list) else [said]
    return [row if isinstance(row, dict) else {"predict": row} for row in rows]


def _words(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=_Refusal).message
    except msgspec.MsgspecError:
        return ""


def rehearse(rows: Iterator[Row], rehearsal: Rehearsal, *, most: int, for_s: float) -> tuple[Progress, str]:
    """Ask up to `most` stored rows again, one at a time, until the time is over.

    What came of them, and the words of a trouble that is not the version's and ended it before the next row.
    """
    until = time.monotonic() + for_s
    seen = Progress()
    for _ in range(most):
        row = next(rows, None)
        if row is None:
            return seen.plus(Progress(done=True)), ""
        try:
            seen = seen.plus(_asked(row, rehearsal))
        except Unavailable as error:
            return seen, error.message
        if time.monotonic() >= until:
            break
    return seen, ""


def _asked(row: Row, rehearsal: Rehearsal) -> Progress:
    last = str(row.place)
    if not is_whole(row.inputs, row.outputs, row.hidden):
        return Progress(unusable=1, last=last)
    begun = time.perf_counter()
    try:
        answers = rehearsal.ask({name: [value] for name, value in row.inputs.items()})
    except (BadInput, Internal) as error:
        return Progress(rows=1, failed=1, last=last, failure=error.message)
    took_ms = (time.perf_counter() - begun) * 1000
    latency = [0] * (len(LATENCY_EDGES_MS) + 1)
    latency[bisect_left(LATENCY_EDGES_MS, took_ms)] = 1
    differs, differences = apart(row.outputs, answers[0] if answers else {})
    return Progress(
        rows=1, differing=int(differs), largest=tuple(differences.items()), latency=tuple(latency), last=last
    )


def replay(ledger: Blobs, cast: Cast, rows: int) -> ReplayShown:
    """Have the candidate answer the control's newest stored rows. Raises Unavailable when its node goes meanwhile."""
    stored = newest(ledger, cast.segments, moment(now_ms()))
    with Rehearsal(cast.seat) as rehearsal:
        seen, trouble = rehearse(stored, rehearsal, most=rows, for_s=math.inf)
    if trouble:
        raise Unavailable(f"{trouble} (after {seen.seen} rows)", node=cast.seat.address)
    return ReplayShown(
        version=cast.candidate.version,
        control=cast.control.version,
        node=cast.seat.address,
        seen=seen,
        p50_ms=seen.latency_ms(0.5),
        p99_ms=seen.latency_ms(0.99),
    )


def again(found: Prediction, seat: Seat) -> Replayed:
    """Have the version that answered answer the same again, and compare. Raises Unavailable when it does not."""
    with Rehearsal(seat) as rehearsal:
        try:
            answers = rehearsal.ask({name: [value] for name, value in found.inputs.items()})
        except Internal as error:
            raise Unavailable(f"{found.version} could not answer: {error.message}", node=seat.address) from error
    return compared(found, answers[0] if answers else {})


def failed(row: Row, words: str) -> Progress:
    """A row of which it is known that the version cannot answer it."""
    return Progress(rows=1, failed=1, last=str(row.place), failure=words)
