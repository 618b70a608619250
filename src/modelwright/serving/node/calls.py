"""One question to a deployment, whichever protocol it came in."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.messages import Response
from modelwright.serving.node.tables import Schema, Table


class Served(msgspec.Struct, frozen=True):
    """What an answer says about where it came from: `headers` name the route and the prediction."""

    deployment: str
    version: str
    prediction: str
    v2_head: bytes
    headers: tuple[tuple[bytes, bytes], ...]


class Call(Protocol):
    """A decoded request. `table` may be asked more than once, with different schemas (shadow, sticky column).

    `more` asks for all outputs of the model and not its first alone. `timeout_s` is the caller's own
    deadline.
    """

    more: bool
    params: dict[str, Any] | None
    timeout_s: float | None

    def table(self, schema: Schema) -> Table:
        """The rows asked about; raises BadInput that names column, row and what was expected."""

    def render(self, answer: Answer, served: Served) -> Response: ...

    def error(self, error: ModelwrightError) -> Response: ...
