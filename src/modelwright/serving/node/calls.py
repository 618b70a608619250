"""One question to a deployment, whichever protocol it came in."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.answers import Answer, Written
from modelwright.serving.node.messages import Response
from modelwright.serving.node.tables import Numbers, Schema, Table


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

    def numbers(self, schema: Schema) -> Numbers | None:
        """The rows, where they are plain numbers that fit `schema` as they are; then the batch makes one array."""
        del schema
        return None

    def in_bytes(self) -> bool:
        """Whether the numbers of its answer are wanted as they lie in memory, which takes no time to write."""
        return False

    def bare(self) -> Call | None:
        """The call without what it asked, to write its answer in another process; None where that cannot be."""
        return None

    def render(self, answer: Answer, served: Served) -> Response: ...

    def write(self, written: Written, start: int, stop: int, served: Served) -> Response | None:
        """As `render`, for the rows from `start` up to, and without, `stop`; None when it takes `render` to say it."""
        del written, start, stop, served
        return None

    def error(self, error: ModelwrightError) -> Response: ...
