"""A caller's request on its way through a model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelwright.serving.node.batcher import Asker, Waiting
from modelwright.serving.node.calls import Call
from modelwright.serving.node.messages import Done
from modelwright.serving.node.tables import Numbers, Table


class Question(Waiting):
    """Rows that wait for a model, the call they came with, and how its caller is answered.

    `caller` is the sticky key, "" when there was none.
    """

    __slots__ = ("call", "caller", "respond")

    def __init__(
        self,
        part: Table | Numbers,
        asker: Asker,
        call: Call,
        *,
        caller: str,
        respond: Done,
        started: float,
        timeout_s: float,
    ) -> None:
        super().__init__(part, asker, more=call.more, params=call.params, started=started, timeout_s=timeout_s)
        self.call = call
        self.caller = caller
        self.respond = respond


def rows_at(questions: Sequence[Question], places: Sequence[int]) -> np.ndarray:
    """Where the rows of the questions at `places` are, in a table of the rows of all."""
    chosen = np.zeros(len(questions), dtype=np.bool_)
    chosen[list(places)] = True
    return np.flatnonzero(np.repeat(chosen, [one.rows for one in questions]))
