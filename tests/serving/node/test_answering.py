"""A batch is answered, counted, kept and mirrored as one, and every caller gets exactly what is theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from modelwright.core.errors import ModelwrightError
from modelwright.serving.model import Batching, DesiredDeployment, Logging, Mode, Route, VersionRef
from modelwright.serving.node import invocations, named, v2
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.calls import Call
from modelwright.serving.node.endpoint import Endpoint
from modelwright.serving.node.errors import ModelRefused
from modelwright.serving.node.ledger import Ring, ScoredBatch
from modelwright.serving.node.live_route import LiveRoute
from modelwright.serving.node.messages import Request, Response
from modelwright.serving.node.runners import Ran
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Schema, Table
from tests.serving.node.kept import Kept
from tests.serving.node.plain_runner import PlainRunner

SCHEMA = Schema(Signature(inputs=(Column(name="a", kind=Kind.FP64), Column(name="b", kind=Kind.FP64))))
DIGEST = "sha256:" + "0" * 64


class Summing(PlainRunner):
    """A runner that adds up each row, and refuses a batch with a negative number."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        self.batches.append(len(table[0]))
        found: Answer | ModelwrightError = Answer(("sum",), [table[0].sum(axis=1)])
        ran(ModelRefused("negative") if (table[0] < 0).any() else found)


def route(number: int, **changes: Any) -> Route:
    version = VersionRef(model="m", number=number)
    about: dict[str, Any] = {"id": f"r{number}", "manifest": DIGEST, "share": 1.0, "files": (), **changes}
    return Route(version=version, **about)


def rows_body(rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    data = [one for row in rows for one in row]
    return {"inputs": [{"name": "inputs", "shape": [len(rows), 2], "datatype": "FP64", "data": data}]}


def asked(parse: Any, body: dict[str, Any]) -> Call:
    call: Call = parse(Request("POST", "/", {}, json.dumps(body).encode()))
    return call


def answered(
    calls: Sequence[Call], *routes: tuple[Route, Summing], logging: Logging | None = None, version: str | None = None
) -> tuple[list[Response], list[ScoredBatch], Endpoint]:
    """The answers to calls that come in one turn of the loop, what the ledger got of them, and who answered."""

    async def scenario() -> tuple[list[Response], list[ScoredBatch], Endpoint]:
        kept = Kept()
        ring = Ring([kept])
        deployment = DesiredDeployment(name="api", routes=tuple(one for one, _ in routes), logging=logging or Logging())
        live = [LiveRoute(deployment, one, runner, SCHEMA) for one, runner in routes]
        endpoint = Endpoint(deployment, live, ring)
        loop = asyncio.get_running_loop()
        heard: list[asyncio.Future[Response]] = [loop.create_future() for _ in calls]
        for call, future in zip(calls, heard, strict=True):
            endpoint.ask(call, {}, future.set_result, version)
        responses = await asyncio.gather(*heard)
        for one in live:
            await one.batcher.drained()
        ring.close()
        return list(responses), kept.batches, endpoint

    return asyncio.run(scenario())


def test_each_caller_of_a_batch_gets_their_own_rows_in_their_own_protocol() -> None:
    """Three protocols and different numbers of rows in one call of the model."""
    runner = Summing()
    calls = [
        asked(v2.parse, rows_body([[1, 2], [3, 4]])),
        asked(invocations.parse, {"inputs": [[5, 6]]}),
        asked(named.parse, {"row": {"a": 7, "b": 8.5}}),
        asked(v2.parse, {**rows_body([[9, 10]]), "id": "mine"}),
    ]
    responses, _, _ = answered(calls, (route(1), runner))
    first, second, third, fourth = [json.loads(one.body) for one in responses]

    assert [5] == runner.batches
    assert ([2], [3.0, 7.0]) == (first["outputs"][0]["shape"], first["outputs"][0]["data"])
    assert {"predictions": [11.0]} == second
    assert [{"sum": 15.5}] == third["predictions"]
    assert ("mine", [19.0]) == (fourth["id"], fourth["outputs"][0]["data"])


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_ledger_has_each_sampled_request_with_its_rows(share: float) -> None:
    """Ids, places, inputs and outputs of a batch stay together, whichever of its requests are drawn."""
    sent = [[[float(i), float(j)] for j in range(i % 3 + 1)] for i in range(40)]
    responses, batches, _ = answered(
        [asked(v2.parse, rows_body(rows)) for rows in sent], (route(1), Summing()), logging=Logging(share=share)
    )
    by_id = {
        dict(one.headers)[b"Modelwright-Prediction"].decode(): rows for one, rows in zip(responses, sent, strict=True)
    }
    found: dict[str, list[list[float]]] = {}
    for batch in batches:
        for place, name in enumerate(batch.predictions):
            row = [float(batch.inputs["a"][place]), float(batch.inputs["b"][place])]
            assert sum(row) == batch.outputs["sum"][place]
            assert len(found.setdefault(name, [])) == batch.position[place]
            found[name].append(row)

    assert found == {name: by_id[name] for name in found}
    assert len(found) == 40 if share == 1.0 else len(found) < 40


def test_a_shadow_is_shown_a_batch_as_one_and_counts_its_requests() -> None:
    """Eight requests that were answered together are one call of the shadow, and eight requests in its counts."""
    live, shadow = Summing(), Summing()
    calls = [asked(v2.parse, rows_body([[i, 1], [i, 2]])) for i in range(8)]
    _, _, endpoint = answered(calls, (route(1), live), (route(2, mode=Mode.SHADOW), shadow))
    total = endpoint.routes[1].tally.total()

    assert [16] == live.batches == shadow.batches
    assert (8, 16, 0, 16, 0) == (total.requests, total.rows, total.errors, total.compared, total.differing)


def test_a_shadow_that_takes_fewer_rows_at_once_is_shown_single_requests() -> None:
    """The shadow's own bound holds for what it is shown."""
    shadow = Summing()
    calls = [asked(v2.parse, rows_body([[i, 1]])) for i in range(4)]
    candidate = route(2, mode=Mode.SHADOW, batching=Batching(max_rows=2))
    _, _, endpoint = answered(calls, (route(1), Summing()), (candidate, shadow))

    assert [2, 2] == shadow.batches
    assert 4 == endpoint.routes[1].tally.total().compared


class Choosy(Summing):
    """Refuses a batch with a number above 5, which the live version takes."""

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        high = np.where(table[0] > 5, -1.0, table[0])
        super().run([high], more=more, params=params, timeout_s=timeout_s, ran=ran)


def test_rows_that_a_shadow_refuses_cost_their_own_request_alone() -> None:
    """One of six requests has what the shadow refuses: one error is counted, and five are compared."""
    calls = [asked(v2.parse, rows_body([[i, 0.5]])) for i in (1, 2, 9, 3, 4, 5)]
    responses, _, endpoint = answered(calls, (route(1), Summing()), (route(2, mode=Mode.SHADOW), Choosy()))
    total = endpoint.routes[1].tally.total()

    assert [200] * 6 == [one.status for one in responses]
    assert (6, 1, 5, 0) == (total.requests, total.errors, total.compared, total.differing)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_shadow_with_a_share_sees_that_part_of_the_requests(share: float) -> None:
    """What it is shown is compared with the answers to just that."""
    calls = [asked(v2.parse, rows_body([[i, j] for j in range(i % 2 + 1)])) for i in range(40)]
    candidate = route(2, mode=Mode.SHADOW, share=share)
    _, _, endpoint = answered(calls, (route(1), Summing()), (candidate, Summing()))
    total = endpoint.routes[1].tally.total()

    assert (total.rows, 0) == (total.compared, total.differing)
    assert 0 == total.requests if share == 0.0 else 0 < total.requests < 40


NEVER_MS = 4_000_000_000_000


def test_who_asks_for_a_version_by_its_number_is_counted_apart() -> None:
    """Answered, kept and in the sums like everybody; but in windows of its own, and shown to no shadow."""
    calls = [asked(v2.parse, rows_body([[i, 1]])) for i in (1, 2, -3)]
    shadow = Summing()
    routes = ((route(1), Summing()), (route(2, mode=Mode.SHADOW), shadow))
    responses, kept, endpoint = answered(calls, *routes, version="1")
    live = endpoint.routes[0]
    _, issued, _ = answered(calls[:1], (route(1), Summing()))
    [window] = live.closed(NEVER_MS)

    assert [200, 200, 400] == [one.status for one in responses]
    assert (2, []) == (sum(len(batch.predictions) for batch in kept), shadow.batches)
    assert (True, 3, 1) == (window.pinned, window.requests, window.errors)
    assert (0, 3) == (live.tally.total().requests, live.total().requests)
    # Nor does an outcome that comes back for such an answer belong to the route's own traffic.
    assert issued[0].predictions[0][20:24] != kept[0].predictions[0][20:24]
    live.acknowledged([window])
    assert () == live.closed(NEVER_MS)


def test_what_a_route_had_no_room_for_counts_against_it_and_no_other() -> None:
    """A candidate whose queue is full says nothing about the version that answers most."""
    full = route(2, batching=Batching(queue_rows=1))
    calls = [asked(v2.parse, rows_body([[i, 1], [i, 2]])) for i in range(3)]
    responses, _, endpoint = answered(calls, (route(1, share=0.0), Summing()), (full, Summing()))

    assert {200, 429} == {one.status for one in responses}
    assert (0, 3) == tuple(one.total().requests for one in endpoint.routes)


class Imaginary(Summing):
    """Answers in numbers that no protocol has a name for."""

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        ran(Answer(("sum",), [table[0].sum(axis=1).astype(np.complex128)]))


def test_an_answer_that_cannot_be_written_is_an_error_to_each_and_keeps_nobody_waiting() -> None:
    """Whatever a model answers with, every caller of the batch hears."""
    responses, _, endpoint = answered([asked(v2.parse, rows_body([[i, 1]])) for i in range(3)], (route(1), Imaginary()))

    assert [500] * 3 == [one.status for one in responses]
    assert 3 == endpoint.routes[0].tally.total().errors
