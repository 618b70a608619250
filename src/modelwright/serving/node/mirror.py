"""A shadow sees what a live route has answered, and its answers are compared; nothing of it reaches a caller."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

from modelwright.core.errors import ModelwrightError
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.batcher import Asker, Waiting
from modelwright.serving.node.clock import now_ms
from modelwright.serving.node.compare import difference
from modelwright.serving.node.errors import DeadlineExceeded
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.questions import Question, rows_at
from modelwright.serving.node.tables import Table, rows_of

# A shadow may lag behind the live route by this many rows before it misses requests.
SHADOW_ROWS = 4096
_random = random.Random()  # noqa: S311  # draws samples; guards nothing


class _Shown(Waiting):
    """Questions that a live route has answered together, with its answer."""

    __slots__ = ("live", "questions", "table")

    def __init__(
        self, table: Table, asker: Asker, questions: Sequence[Question], live: Answer, *, timeout_s: float
    ) -> None:
        super().__init__(
            table,
            asker,
            more=any([one.more for one in questions]),  # noqa: C419  # a list is quicker
            params=questions[0].params,
            started=time.perf_counter(),
            timeout_s=timeout_s,
        )
        self.table = table
        self.questions = questions
        self.live = live


class Mirror(Asker):
    """Shows what one live route answers to one shadow: a batch as one, unless the shadow takes its rows one by one."""

    def __init__(self, live: LiveRoute, shadow: LiveRoute) -> None:
        self._shadow = shadow
        self._same = live.schema is shadow.schema or live.schema.signature == shadow.schema.signature

    def show(self, questions: Sequence[Question], table: Table, live: Answer) -> None:
        """Ask the shadow the same, after the answers have gone out. Never raises for what happens to it."""
        share = self._shadow.route.share
        if share < 1.0:
            places = [place for place in range(len(questions)) if _random.random() < share]
            if not places:
                return
            if len(places) < len(questions):
                rows = rows_at(questions, places)
                table = [array[rows] for array in table]
                live = Answer(live.names, [array[rows] for array in live.arrays], live.frame)
                questions = [questions[place] for place in places]
        if self._shadow.batcher.load_rows > SHADOW_ROWS:
            self._shadow.shadow_missed += rows_of(table)
        elif self._same and (len(questions) == 1 or self._together(rows_of(table))):
            self._submit(table, questions, live)
        else:
            self._singly(questions, table, live)

    def answered(self, batch: Sequence[_Shown], table: Table, answer: Answer) -> None:
        del table
        now, at_ms = time.perf_counter(), now_ms()
        start = 0
        for shown in batch:
            theirs = answer if len(batch) == 1 else answer.part(start, start + shown.rows)
            start += shown.rows
            differing, apart = difference(shown.live, theirs)
            latencies_ms = [(now - shown.started) * 1000] * len(shown.questions)
            self._shadow.tally.requests(at_ms, shown.rows, latencies_ms)
            self._shadow.tally.comparison(at_ms, shown.rows, differing, apart)

    def failed(self, waiting: _Shown, error: ModelwrightError) -> None:
        if len(waiting.questions) > 1 and not isinstance(error, DeadlineExceeded):
            # One caller's rows may have spoiled it for all: then only those count as an error.
            self._singly(waiting.questions, waiting.table, waiting.live)
        else:
            self._failed(waiting.questions, waiting.rows, waiting.started)

    def _together(self, rows: int) -> bool:
        return self._shadow.runner.mixes and rows <= self._shadow.route.batching.max_rows

    def _submit(self, table: Table, questions: Sequence[Question], live: Answer) -> None:
        shown = _Shown(table, self, questions, live, timeout_s=self._shadow.timeout_s)
        try:
            self._shadow.batcher.submit(shown)
        except ModelwrightError:
            self._failed(questions, shown.rows, shown.started)

    def _singly(self, questions: Sequence[Question], table: Table, live: Answer) -> None:
        start = 0
        for one in questions:
            stop = start + one.rows
            try:
                rows = [array[start:stop] for array in table] if self._same else one.call.table(self._shadow.schema)
            except ModelwrightError:
                self._failed([one], one.rows, time.perf_counter())
            else:
                self._submit(rows, [one], live if len(questions) == 1 else live.part(start, stop))
            start = stop

    def _failed(self, questions: Sequence[Question], rows: int, started: float) -> None:
        latencies_ms = [(time.perf_counter() - started) * 1000] * len(questions)
        self._shadow.tally.requests(now_ms(), rows, latencies_ms, errors=len(questions))
