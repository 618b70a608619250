"""A deployment on this node: which route answers, who sees a copy, and what is written down about it."""

from __future__ import annotations

import itertools
import logging
import math
import random
import secrets
import time
from collections.abc import Sequence
from functools import partial

import msgspec
import numpy as np

from modelwright.core.errors import BadInput, Internal, ModelwrightError, NotFound, Unavailable
from modelwright.serving.model import DesiredDeployment, Durability, Mode, Route, pick, position, route_tag
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.batcher import Batcher, Waiting
from modelwright.serving.node.calls import Call, Served
from modelwright.serving.node.compare import difference
from modelwright.serving.node.errors import ModelRefused
from modelwright.serving.node.ledger import Entry, Origin, Ring
from modelwright.serving.node.messages import Done, Headers, Response, with_retry
from modelwright.serving.node.replicas import Lanes, queue_for
from modelwright.serving.node.runners import Runner
from modelwright.serving.node.tables import Schema, Table
from modelwright.serving.node.tally import Tally

_log = logging.getLogger(__name__)
PREDICTION_HEADER = b"Modelwright-Prediction"
VERSION_HEADER = b"Modelwright-Version"
# For how long the caller will wait, from the arrival of the request; beyond that, nothing is computed for it.
DEADLINE_HEADER = b"modelwright-deadline-ms"
LEDGER_HEADER = b"Modelwright-Ledger"

# An id is 12 digits of milliseconds, 8 of this process, 4 of the route, 8 of a counter: ids sort by time, and an
# outcome that comes back weeks later is known to be of the candidate or the control without a look into the ledger.
_PROCESS = secrets.token_hex(4)
_counter = itertools.count(secrets.randbits(16))
_random = random.Random()  # noqa: S311  # divides traffic; guards nothing
# A shadow may lag behind the live route by this many rows before it misses requests.
SHADOW_ROWS = 4096
# Sticky keys that an endpoint remembers to have seen (16 MB); a rollout has its proof of the division long before.
CALLERS = 200_000


def _prediction_id(now_ms: int, tag: str) -> str:
    return f"{now_ms:012x}{_PROCESS}{tag}{next(_counter) & 0xFFFFFFFF:08x}"


class LiveRoute:
    """A route whose version is loaded. `updated` gives it another share or mode and keeps all else."""

    route: Route
    runner: Runner
    batcher: Batcher | Lanes
    tally: Tally
    shadow_missed: int

    def __init__(
        self,
        deployment: DesiredDeployment,
        route: Route,
        runner: Runner,
        schema: Schema,
        before: LiveRoute | None = None,
    ) -> None:
        self.route = route
        self.runner = runner
        self.schema = schema
        self.version = str(route.version)
        self.tag = route_tag(route.id)
        self.timeout_s = route.limits.deadline_ms / 1000
        if before is None:
            self.batcher = queue_for(runner, route.batching, timeout_s=self.timeout_s, same_shape=not schema.variable)
            self.tally = Tally(deployment.name, route.id, route.slow_ms)
            self.shadow_missed = 0
        else:
            self.batcher = before.batcher
            self.tally = before.tally
            self.tally.slow_ms = route.slow_ms
            self.shadow_missed = before.shadow_missed
        name, number = msgspec.json.encode(deployment.name), str(route.version.number)
        self.v2_head = b'{"model_name":%b,"model_version":"%b"' % (name, number.encode())
        self.version_header = (VERSION_HEADER, self.version.encode())
        self.origin = Origin(
            deployment=deployment.name,
            workspace=deployment.workspace,
            route=route.id,
            model=route.version.model,
            version=route.version.number,
            manifest=route.manifest,
            engine=runner.engine,
            logging=deployment.logging,
        )

    def updated(self, deployment: DesiredDeployment, route: Route) -> LiveRoute:
        return LiveRoute(deployment, route, self.runner, self.schema, before=self)

    def serves(self, route: Route) -> bool:
        """Whether what is loaded here is what `route` asks for, whatever its share, mode and what it counts."""
        same = msgspec.structs.replace(route, share=self.route.share, mode=self.route.mode, slow_ms=self.route.slow_ms)
        return same == self.route


class Endpoint:
    """Answers calls to one deployment. A new desired state makes a new endpoint; routes that stay are carried over."""

    def __init__(
        self, deployment: DesiredDeployment, routes: Sequence[LiveRoute], ring: Ring, before: Endpoint | None = None
    ) -> None:
        self.name = deployment.name
        self.deployment = deployment
        self.routes = tuple(routes)
        self._live = tuple(one for one in routes if one.route.mode is Mode.LIVE)
        self._shares = tuple(one.route.share for one in self._live)
        self._shadows = tuple(one for one in routes if one.route.mode is Mode.SHADOW and one.route.share > 0)
        # Here and not when a route is made: until all routes are loaded, the endpoint before this one goes on.
        for one in self.routes:
            one.tally.set_share(one.route.share if one.route.mode is Mode.LIVE else None)
        self._ring = ring
        self._log_share = deployment.logging.share
        self._promises = deployment.logging.durability is Durability.LOGGED
        self._sticky = deployment.sticky
        known = before is not None and before.deployment.sticky == deployment.sticky
        self.callers: set[float] = before.callers if before is not None and known else set()
        self._header = deployment.sticky.header.lower().encode() if deployment.sticky.header else None

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

    def ask(self, call: Call, headers: Headers, respond: Done, version: str | None = None) -> None:
        """Answer `call` through `respond`, exactly once. `version` asks one version, past the division of traffic."""
        try:
            chosen, caller = self._choose(call, headers) if version is None else (self.of_version(version), "")
            table = call.table(chosen.schema)
            rows = table[0].shape[0] if table else 0
            if not rows:
                raise BadInput("the request has no rows; send at least one")
            timeout_s = chosen.timeout_s if call.timeout_s is None else min(call.timeout_s, chosen.timeout_s)
            if DEADLINE_HEADER in headers:
                timeout_s = min(timeout_s, _patience_s(headers[DEADLINE_HEADER]))
            waiting = Waiting(
                table,
                more=call.more,
                params=call.params,
                deadline=time.perf_counter() + timeout_s,
                done=partial(self._answered, chosen, call, caller, respond),
            )
            chosen.batcher.submit(waiting)
        except ModelwrightError as error:
            self._refused(call, error, respond)

    def _refused(self, call: Call, error: ModelwrightError, respond: Done) -> None:
        if self._live:
            fault = error.status >= Internal.status
            self._live[0].tally.request(time.time_ns() // 1_000_000, 0, 0.0, error=fault, refused=not fault)
        respond(with_retry(call.error(error)))

    def _choose(self, call: Call, headers: Headers) -> tuple[LiveRoute, str]:
        """The route for this call, and the sticky key that decided, if one did."""
        first = self.first
        caller = ""
        if self._header is not None:
            caller = headers.get(self._header, b"").decode(errors="replace")
        elif self._sticky.column is not None:
            caller = _value(first.schema, call.table(first.schema), self._sticky.column)
        if len(self._live) == 1:
            return first, caller
        if not caller:
            return self._live[pick(self._shares, _random.random())], caller
        at = position(self._sticky.salt, caller)
        chosen = self._live[pick(self._shares, at)]
        # A caller comes back to its route, so that requests say nothing of how traffic is divided: callers do.
        if at not in self.callers and len(self.callers) < CALLERS:
            self.callers.add(at)
            chosen.tally.caller(time.time_ns() // 1_000_000)
        return chosen, caller

    def _answered(
        self,
        chosen: LiveRoute,
        call: Call,
        caller: str,
        respond: Done,
        waiting: Waiting,
        result: Answer | ModelwrightError,
    ) -> None:
        latency_ms = (time.perf_counter() - waiting.started) * 1000
        now_ms = time.time_ns() // 1_000_000
        if isinstance(result, ModelwrightError):
            # What the model could not do counts against its route even where the caller is told 400.
            error = result.status >= Internal.status or isinstance(result, ModelRefused)
            chosen.tally.request(now_ms, waiting.rows, latency_ms, error=error, refused=not error)
            respond(with_retry(call.error(result)))
            return
        prediction = _prediction_id(now_ms, chosen.tag)
        served = Served(
            self.name,
            chosen.version,
            prediction,
            chosen.v2_head,
            ((PREDICTION_HEADER, prediction.encode()), chosen.version_header),
        )
        response = _rendered(call, result, served)
        entry = None
        if result.arrays and (self._log_share >= 1.0 or _random.random() < self._log_share):
            entry = Entry(
                chosen.origin,
                chosen.schema,
                prediction,
                now_ms,
                latency_ms,
                caller,
                waiting.rows,
                waiting.table,
                result.names,
                result.arrays,
            )
        if self._promises:
            self._answer_logged(chosen, entry, waiting, response, respond)
        else:
            chosen.tally.request(now_ms, waiting.rows, latency_ms, error=response.status >= Internal.status)
            respond(response)
            if entry is not None:
                self._ring.append(entry)
        for shadow in self._shadows:
            self._mirror(shadow, call, waiting, result)

    def _answer_logged(
        self, chosen: LiveRoute, entry: Entry | None, waiting: Waiting, response: Response, respond: Done
    ) -> None:
        """Answer once the rows are on the disk, or it is known that they will not be; the caller is told which."""

        def told(said: bytes) -> None:
            latency_ms = (time.perf_counter() - waiting.started) * 1000
            now_ms = time.time_ns() // 1_000_000
            chosen.tally.request(now_ms, waiting.rows, latency_ms, error=response.status >= Internal.status)
            response.headers = (*response.headers, (LEDGER_HEADER, said))
            respond(response)

        if entry is None:
            told(b"not-sampled")
            return
        entry.told = lambda kept: told(b"logged" if kept else b"failed")
        if not self._ring.append(entry):
            told(b"failed")

    def _mirror(self, shadow: LiveRoute, call: Call, answered: Waiting, live: Answer) -> None:
        """Ask a shadow the same, after the answer has gone out. Nothing that happens to it reaches the caller."""
        if shadow.route.share < 1.0 and _random.random() >= shadow.route.share:
            return
        if shadow.batcher.load_rows > SHADOW_ROWS:
            shadow.shadow_missed += answered.rows
            return
        try:
            same = shadow.schema is self.first.schema or shadow.schema.signature == self.first.schema.signature
            table = answered.table if same else call.table(shadow.schema)
            shadow.batcher.submit(
                Waiting(
                    table,
                    more=answered.more,
                    params=answered.params,
                    deadline=time.perf_counter() + shadow.timeout_s,
                    done=partial(self._compared, shadow, live),
                )
            )
        except ModelwrightError:
            shadow.tally.request(time.time_ns() // 1_000_000, answered.rows, 0.0, error=True)

    def _compared(self, shadow: LiveRoute, live: Answer, waiting: Waiting, result: Answer | ModelwrightError) -> None:
        now_ms = time.time_ns() // 1_000_000
        latency_ms = (time.perf_counter() - waiting.started) * 1000
        failed = isinstance(result, ModelwrightError)
        shadow.tally.request(now_ms, waiting.rows, latency_ms, error=failed)
        if isinstance(result, Answer):
            differing, apart = difference(live, result)
            shadow.tally.comparison(now_ms, waiting.rows, differing, apart)


def _patience_s(said: bytes) -> float:
    try:
        found = float(said) / 1000
    except ValueError:
        found = math.nan
    if not 0 < found < math.inf:
        raise BadInput(f"Modelwright-Deadline-Ms is {said.decode(errors='replace')!r}; it must be milliseconds above 0")
    return found


def _rendered(call: Call, answer: Answer, served: Served) -> Response:
    try:
        return call.render(answer, served)
    except ModelwrightError as error:
        return call.error(error)
    except Exception:  # noqa: BLE001  # the request's edge: a model may answer with something that no protocol can say
        _log.exception("an answer of %s could not be written", served.version)
        return call.error(Internal(f"{served.version} answered with something that this protocol cannot say"))


def _value(schema: Schema, table: Table, column: str) -> str:
    values: np.ndarray | None = schema.by_name(table).get(column)
    if values is None or not len(values):
        return ""
    return str(values[0])
