"""A deployment on this node: which route answers, who sees a copy, and what is written down about it."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence

import numpy as np

from modelwright.core.errors import BadInput, Internal, ModelwrightError, NotFound, TooLarge, Unavailable
from modelwright.serving.model import DesiredDeployment, Mode, pick, position
from modelwright.serving.node.answering import Answering
from modelwright.serving.node.calls import Call
from modelwright.serving.node.clock import now_ms
from modelwright.serving.node.large.aside import Aside
from modelwright.serving.node.large.work import Reading
from modelwright.serving.node.ledger import Ring
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.messages import Done, Headers, with_retry
from modelwright.serving.node.mirror import Mirror
from modelwright.serving.node.questions import Question
from modelwright.serving.node.tables import Schema, Table

# For how long the caller will wait, from the arrival of the request; beyond that, nothing is computed for it.
DEADLINE_HEADER = b"modelwright-deadline-ms"

_random = random.Random()  # noqa: S311  # divides traffic; guards nothing
# Sticky keys that an endpoint remembers to have seen (16 MB); a rollout has its proof of the division long before.
CALLERS = 200_000
# Both are written down with every row of a request: without bounds, a small request makes a ledger of gigabytes.
KEY_CHARACTERS = 256
REQUEST_ROWS = 1_000_000


class Endpoint:
    """Answers calls to one deployment. A new desired state makes a new endpoint; routes that stay are carried over."""

    def __init__(
        self,
        deployment: DesiredDeployment,
        routes: Sequence[LiveRoute],
        ring: Ring,
        before: Endpoint | None = None,
        aside: Aside | None = None,
    ) -> None:
        """Large answers are written by `aside`; without it, on the event loop."""
        self.name = deployment.name
        self.deployment = deployment
        self.routes = tuple(routes)
        self._live = tuple(one for one in routes if one.route.mode is Mode.LIVE)
        self._shares = tuple(one.route.share for one in self._live)
        shadows = [one for one in routes if one.route.mode is Mode.SHADOW and one.route.share > 0]
        self._answering = {
            one.route.id: Answering(one, ring, [Mirror(one, shadow) for shadow in shadows], aside) for one in routes
        }
        # Whoever asks for a version by its number is shown to no shadow: it may be the shadow itself that answers.
        self._answering_aside = {one.route.id: Answering(one.aside, ring, (), aside) for one in routes}
        # Here and not when a route is made: until all routes are loaded, the endpoint before this one goes on.
        for one in self.routes:
            one.tally.set_share(one.route.share if one.route.mode is Mode.LIVE else None)
        self._sticky = deployment.sticky
        known = before is not None and before.deployment.sticky == deployment.sticky
        self.callers: set[float] = before.callers if before is not None and known else set()
        self._header = deployment.sticky.header.lower().encode() if deployment.sticky.header else None
        self._keyed = self._header is not None or self._sticky.column is not None
        # The usual case: one route that answers all, and no key to look for.
        self._only = self._live[0] if len(self._live) == 1 and not self._keyed else None
        # The ways in which its routes read rows, which is nearly always one.
        self.readings = tuple(dict.fromkeys(Reading.of(one.schema) for one in self.routes))

    @property
    def first(self) -> LiveRoute:
        """The route that speaks for the deployment: its signature is the deployment's."""
        if not self._live:
            raise Unavailable(f"no version of deployment {self.name!r} is loaded yet; ask again")
        return self._live[0]

    def of_version(self, number: str) -> LiveRoute:
        for one in self.routes:
            if str(one.route.version.number) == number:
                return one
        have = sorted(one.route.version.number for one in self.routes)
        raise NotFound(f"deployment {self.name!r} has no version {number!r}; it has {have}")

    def ask(
        self, call: Call, headers: Headers, respond: Done, version: str | None = None, *, began: float | None = None
    ) -> None:
        """Answer `call` through `respond`, exactly once. `version` asks one version, past the division of traffic.

        `began` is when the request had come (`time.perf_counter()`), where that was not just now.
        """
        chosen = self._only
        try:
            started = time.perf_counter() if began is None else began
            answering, caller = self._answering, ""
            if version is not None:
                chosen = self.of_version(version).aside
                answering = self._answering_aside
            elif chosen is None:
                if self._keyed or not self._live:
                    chosen, caller = self._choose(call, headers)
                else:
                    chosen = self._live[pick(self._shares, _random.random())]
            numbers = call.numbers(chosen.schema)
            part = call.table(chosen.schema) if numbers is None else numbers
            timeout_s = chosen.timeout_s if call.timeout_s is None else min(call.timeout_s, chosen.timeout_s)
            if DEADLINE_HEADER in headers:
                timeout_s = min(timeout_s, _patience_s(headers[DEADLINE_HEADER]))
            asker = answering[chosen.route.id]
            question = Question(part, asker, call, caller=caller, respond=respond, started=started, timeout_s=timeout_s)
            if not 0 < question.rows <= REQUEST_ROWS:
                raise _wrong_number(question.rows)
            chosen.batcher.submit(question)
        except ModelwrightError as error:
            self._refused(chosen, call, error, respond)

    def _refused(self, chosen: LiveRoute | None, call: Call, error: ModelwrightError, respond: Done) -> None:
        """Count the request for the route that was to answer it; for the first one where none was chosen yet."""
        route = chosen or next(iter(self._live), None)
        if route is not None:
            fault = error.status >= Internal.status
            route.tally.request(now_ms(), 0, 0.0, error=fault, refused=not fault)
        respond(with_retry(call.error(error)))

    def _choose(self, call: Call, headers: Headers) -> tuple[LiveRoute, str]:
        """The route for this call, and the sticky key that decided, if one did."""
        first = self.first
        caller = ""
        if self._header is not None:
            caller = headers.get(self._header, b"").decode(errors="replace")
        elif self._sticky.column is not None:
            caller = _value(first.schema, call.table(first.schema), self._sticky.column)
        if len(caller) > KEY_CHARACTERS:
            raise BadInput(f"the sticky key has {len(caller)} characters; the limit is {KEY_CHARACTERS}")
        if len(self._live) == 1:
            return first, caller
        if not caller:
            return self._live[pick(self._shares, _random.random())], caller
        at = position(self._sticky.salt, caller)
        chosen = self._live[pick(self._shares, at)]
        # A caller comes back to its route, so that requests say nothing of how traffic is divided: callers do.
        if at not in self.callers and len(self.callers) < CALLERS:
            self.callers.add(at)
            chosen.tally.caller(now_ms())
        return chosen, caller


def _wrong_number(rows: int) -> ModelwrightError:
    if not rows:
        return BadInput("the request has no rows; send at least one")
    return TooLarge(f"the request has {rows} rows; send up to {REQUEST_ROWS} at a time, or score files with predict")


def _patience_s(said: bytes) -> float:
    try:
        found = float(said) / 1000
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise BadInput(f"Modelwright-Deadline-Ms is {said.decode(errors='replace')!r}; it must be milliseconds above 0")
    return found


def _value(schema: Schema, table: Table, column: str) -> str:
    values: np.ndarray | None = schema.by_name(table).get(column)
    if values is None or not len(values):
        return ""
    return str(values[0])
