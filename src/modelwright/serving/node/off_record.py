"""Asking one version for the node's own server: not counted, not kept, and seen by no shadow."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

from modelwright.core.errors import BadInput, Denied, ModelwrightError
from modelwright.serving.node.answering import rendered
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.batcher import Asker
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.messages import Done, Headers, with_retry
from modelwright.serving.node.questions import Question
from modelwright.serving.node.tables import Table

KEY_HEADER = b"modelwright-key"
# Made anew by each process and told to its server alone: callers cannot leave the ledger out.
KEY = secrets.token_hex(32)


class OffRecord(Asker):
    """Hands answers of one route to whoever asked, and leaves no other trace."""

    def __init__(self, route: LiveRoute) -> None:
        self._route = route

    def answered(self, batch: Sequence[Question], table: Table, answer: Answer) -> None:
        del table
        start = 0
        served = Served(self._route.origin.deployment, self._route.version, "", b"", (self._route.version_header,))
        for waiting in batch:
            stop = start + waiting.rows if len(batch) > 1 else answer.rows
            part = answer if len(batch) == 1 else answer.part(start, stop)
            waiting.respond(rendered(waiting.call, part, served))
            start = stop

    def failed(self, waiting: Question, error: ModelwrightError) -> None:
        waiting.respond(with_retry(waiting.call.error(error)))


def check_key(headers: Headers) -> None:
    """Raises Denied for anybody but the node's own server."""
    if not secrets.compare_digest(headers.get(KEY_HEADER, b""), KEY.encode()):
        raise Denied("only this node's server asks off the record; ask the deployment itself, or `modelwright why`")


def ask(endpoint: Endpoint, call: Call, headers: Headers, respond: Done, version: str) -> None:
    """Answer `call` with one version through `respond`, exactly once; Denied without the key."""
    try:
        check_key(headers)
        route = endpoint.of_version(version)
        started = time.perf_counter()
        question = Question(
            call.table(route.schema),
            OffRecord(route),
            call,
            caller="",
            respond=respond,
            started=started,
            timeout_s=route.timeout_s,
        )
        if not question.rows:
            raise BadInput("the request has no rows; send at least one")
        route.batcher.submit(question)
    except ModelwrightError as error:
        respond(with_retry(call.error(error)))
