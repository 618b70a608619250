"""Sharing one call among many callers: no wait alone, company under load, and neighbours that do not suffer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import numpy as np
import pytest

from modelwright.core.errors import ModelwrightError, RateLimited, Unavailable
from modelwright.serving.model import Batching
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.batcher import Batcher, Waiting
from modelwright.serving.node.errors import DeadlineExceeded, ModelFailed, ModelRefused
from modelwright.serving.node.runners import Ran, Runner
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Schema, Table
from tests.serving.node.plain_runner import PlainRunner

Outcome = Answer | ModelwrightError


class Doubling(PlainRunner):
    """A runner that doubles its rows and refuses negative ones; `held` batches wait for `release`."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.hold = False
        self.held: list[tuple[Table, Ran]] = []
        self.answered_rows: Callable[[int], int] = lambda rows: rows

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        self.batches.append(len(table[0]))
        if self.hold:
            self.held.append((table, ran))
        else:
            ran(self._compute(table))

    def release(self) -> None:
        held, self.held = self.held, []
        for table, ran in held:
            ran(self._compute(table))

    def _compute(self, table: Table) -> Outcome:
        if (table[0] < 0).any():
            return ModelRefused("negative")
        return Answer(("predict",), [(table[0][:, 0] * 2)[: self.answered_rows(len(table[0]))]])


class Odd(PlainRunner):
    """A runner that answers whatever was put into it."""

    def __init__(self, answer: Answer, *, mixes: bool) -> None:
        self.mixes = mixes
        self._answer = answer

    def run(self, table: Table, *, more: bool, params: dict[str, Any] | None, timeout_s: float, ran: Ran) -> None:
        ran(self._answer)


def batcher(runner: Runner, **options: Any) -> Batcher:
    schema = Schema(Signature(inputs=(Column(name="x", kind=Kind.FP64),)))
    return Batcher(runner, Batching(**options), schema, timeout_s=10)


class Caller:
    """Asks once, and keeps the answer."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def answered(self, batch: Sequence[Waiting], table: Table, answer: Answer) -> None:
        assert [len(table[0])] == [one.rows for one in batch]
        self.heard.set_result(answer)

    def failed(self, waiting: Waiting, error: ModelwrightError) -> None:
        del waiting
        self.heard.set_result(error)


def asking(to: Batcher, *values: float, deadline_s: float = 10.0, **changes: Any) -> asyncio.Future[Outcome]:
    caller = Caller()
    waiting = Waiting(
        [np.array([[one] for one in values])],
        caller,
        more=False,
        params=changes.get("params"),
        started=time.perf_counter(),
        timeout_s=deadline_s,
    )
    to.submit(waiting)
    return caller.heard


def values(outcome: Outcome) -> list[float]:
    assert isinstance(outcome, Answer), outcome
    return list(outcome.arrays[0].tolist())


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_models_whose_batches_are_due_take_turns_with_those_who_ask_meanwhile() -> None:
    """Of two that are asked at once, the second gathers also who comes while the first is computed."""

    async def scenario() -> None:
        one, two = Doubling(), Doubling()
        first, second = batcher(one), batcher(two)
        early = [asking(first, 1.0), asking(second, 2.0)]
        early[0].add_done_callback(lambda _: late.append(asking(second, 3.0)))
        late: list[asyncio.Future[Outcome]] = []
        await asyncio.wait(early)

        assert [[2.0], [4.0], [6.0]] == [values(await each) for each in (*early, *late)]
        assert ([1], [2]) == (one.batches, two.batches)

    run(scenario())


def test_nobody_is_passed_over_by_one_who_asks_without_end() -> None:
    async def scenario() -> None:
        greedy, modest = batcher(Doubling()), batcher(Doubling())
        stop = False

        async def ask_on() -> None:
            while not stop:
                await asking(greedy, 1.0)

        callers = [asyncio.create_task(ask_on()) for _ in range(8)]
        for value in range(20):
            assert [value * 2.0] == values(await asyncio.wait_for(asking(modest, float(value)), 5))
        stop = True
        await asyncio.gather(*callers)

    run(scenario())


def test_a_model_apart_computes_the_next_batch_while_answers_are_written() -> None:
    """It would be idle meanwhile; one inside the event loop has to wait until they are."""

    async def scenario() -> None:
        for apart in (True, False):
            runner = Doubling()
            runner.waits, runner.hold = apart, True
            shared = batcher(runner)
            first = asking(shared, 1.0)
            await asyncio.sleep(0)
            second = asking(shared, 2.0)
            runner.release()
            begun = len(runner.batches)

            assert [2.0] == values(await first)
            assert (2 if apart else 1) == begun
            await asyncio.sleep(0)
            runner.release()
            assert [4.0] == values(await second)

    run(scenario())


def test_a_model_apart_that_is_quicker_than_the_loop_gets_half_of_the_callers() -> None:
    """While it computes those, the others are answered and ask again; few are not divided, nor one caller's rows."""

    async def scenario() -> None:
        for outruns, callers, sizes in ((True, 64, [32, 32]), (False, 64, [64]), (True, 8, [8])):
            runner = Doubling()
            runner.waits = runner.hold = True
            runner.outruns = outruns
            shared = batcher(runner)
            heard = [asking(shared, float(n)) for n in range(callers)]
            await asyncio.sleep(0)
            first = list(runner.batches)
            while not all(one.done() for one in heard):
                runner.release()
                await asyncio.sleep(0)

            assert sizes[:1] == first
            assert sizes == runner.batches[: len(sizes)]
            assert [2.0 * n for n in range(callers)] == [values(await one)[0] for one in heard]

            whole = asking(shared, *range(100))
            await asyncio.sleep(0)
            runner.release()
            assert 100 == len(values(await whole))

    run(scenario())


def test_a_model_that_outruns_the_loop_never_waits_for_company() -> None:
    """It would stand idle while answers are written; slower ones gather as many as were lately there."""

    async def scenario() -> None:
        for outruns, begun in ((True, 2), (False, 1)):
            runner = Doubling()
            runner.waits = runner.hold = True
            runner.outruns, runner.cost_s = outruns, 60.0
            shared = batcher(runner)
            shared._lately = 40.0
            heard = [asking(shared, 1.0)]
            shared._go()
            heard += [asking(shared, float(n)) for n in range(4)]
            runner.release()

            assert begun == len(runner.batches)
            shared._go()
            while not all(one.done() for one in heard):
                runner.release()
                await asyncio.sleep(0)
            shared.close()

    run(scenario())


def test_callers_of_one_turn_share_a_call() -> None:
    """Eight requests that arrive together are computed once, and each gets its own rows back."""

    async def scenario() -> None:
        runner = Doubling()
        to = batcher(runner)
        answers = await asyncio.gather(*[asking(to, i, i + 0.5) for i in range(8)])

        assert [16] == runner.batches
        assert [[2 * i, 2 * i + 1] for i in range(8)] == [values(one) for one in answers]

    run(scenario())


def test_batches_are_bounded() -> None:
    """No call of the model has more rows than allowed, unless one caller alone sends them."""

    async def scenario() -> None:
        runner = Doubling()
        to = batcher(runner, max_rows=4)
        await asyncio.gather(*[asking(to, 1, 2) for _ in range(5)], asking(to, *range(9)))

        assert [4, 4, 2, 9] == runner.batches

    run(scenario())


def test_poisoned_rows_spoil_no_neighbour() -> None:
    """When a shared call fails, each caller gets one of its own, and only the guilty one an error."""

    async def scenario() -> None:
        runner = Doubling()
        to = batcher(runner)
        answers = await asyncio.gather(*[asking(to, -1.0 if i == 3 else i) for i in range(8)])

        assert [3] == [i for i, one in enumerate(answers) if isinstance(one, ModelRefused)]
        assert [2 * i for i in range(8) if i != 3] == [values(one)[0] for one in answers if isinstance(one, Answer)]

    run(scenario())


def test_wrong_number_of_answers_is_a_failure() -> None:
    """A model that answers fewer rows than it was given fails, and nobody gets another's prediction."""

    async def scenario() -> None:
        runner = Doubling()
        runner.answered_rows = lambda rows: rows - 1
        to = batcher(runner)
        answers = await asyncio.gather(asking(to, 1, 2), asking(to, 3, 4))

        assert all(isinstance(one, ModelFailed) for one in answers)

    run(scenario())


@pytest.mark.parametrize("mixes", [True, False])
@pytest.mark.parametrize("lengths", [(3,), (2, 3), (1, 2), (0,)])
def test_arrays_of_unequal_length_never_get_through(mixes: bool, lengths: tuple[int, ...]) -> None:  # noqa: FBT001
    """Any output with another number of rows than was asked is the model's failure, in words, and goes no further."""

    async def scenario() -> None:
        runner = Odd(Answer(tuple(f"o{n}" for n in lengths), [np.zeros(n) for n in lengths]), mixes=mixes)
        failure = await asking(batcher(runner), 1, 2)

        assert isinstance(failure, ModelFailed)
        assert f"the model answered {next(n for n in lengths if n != 2)} rows for 2" == failure.message

    run(scenario())


@pytest.mark.parametrize("mixes", [True, False])
def test_one_number_for_all_rows_is_the_models_failure(mixes: bool) -> None:  # noqa: FBT001
    """As of a graph that ends in a mean: it is no array of rows, and nobody was answered at all."""

    async def scenario() -> None:
        runner = Odd(Answer(("mean",), [np.array(3.0)]), mixes=mixes)
        async with asyncio.timeout(10):
            failure = await asking(batcher(runner), 1, 2)

        assert isinstance(failure, ModelFailed)

    run(scenario())


def test_a_whole_is_for_models_that_answer_one_at_a_time() -> None:
    """What is not made of rows goes to one caller; a model whose rows callers share must give rows."""

    async def scenario() -> None:
        whole = Answer((), [], whole={"mean": 1})
        refused, given = [await asking(batcher(Odd(whole, mixes=mixes)), 1, 2) for mixes in (True, False)]

        assert isinstance(refused, ModelFailed)
        assert isinstance(given, Answer)
        assert {"mean": 1} == given.whole

    run(scenario())


def test_full_queue_refuses() -> None:
    """Beyond its bound the queue refuses at once; what waits is answered all the same."""

    async def scenario() -> None:
        runner = Doubling()
        runner.hold = True
        to = batcher(runner, queue_rows=3)
        first = asking(to, 1)
        await asyncio.sleep(0.01)
        second = asking(to, 2, 3)
        with pytest.raises(RateLimited):
            await asking(to, 4)
        runner.hold = False
        runner.release()

        assert [[2.0], [4.0, 6.0]] == [values(await first), values(await second)]
        assert 0 == to.load_rows

    run(scenario())


def test_large_request_takes_half_of_a_queue_and_no_more() -> None:
    """One of more rows than the queue holds is taken where others wait, and others are taken where it does."""

    async def scenario() -> None:
        runner = Doubling()
        runner.hold = True
        to = batcher(runner, queue_rows=4)
        first = asking(to, 1)
        await asyncio.sleep(0.01)
        large = asking(to, *[2.0] * 9)
        small = asking(to, 3)
        assert 11 == to.load_rows
        with pytest.raises(RateLimited):
            await asking(to, *[4.0] * 9)
        runner.hold = False
        runner.release()

        assert [[2.0], [4.0] * 9, [6.0]] == [values(await one) for one in (first, large, small)]
        assert 0 == to.load_rows
        assert [8.0] * 9 == values(await asking(to, *[4.0] * 9))

    run(scenario())


def test_late_requests_are_dropped_unseen() -> None:
    """A request past its deadline is answered so, and the model never sees it."""

    async def scenario() -> None:
        runner = Doubling()
        runner.hold = True
        to = batcher(runner)
        first = asking(to, 1)
        await asyncio.sleep(0.01)
        late = asking(to, 2, deadline_s=-1)
        runner.hold = False
        runner.release()

        assert [2.0] == values(await first)
        assert isinstance(await late, DeadlineExceeded)
        assert [1] == runner.batches

    run(scenario())


def test_params_share_with_nobody() -> None:
    """A call with params of its own is computed alone."""

    async def scenario() -> None:
        runner = Doubling()
        to = batcher(runner)
        await asyncio.gather(asking(to, 1), asking(to, 2, params={"a": 1}), asking(to, 3))

        assert [1, 1, 1] == runner.batches

    run(scenario())


def test_closing_refuses_what_waits_and_drain_waits_for_what_runs() -> None:
    """`drained` returns when the last answer has gone out; a closed queue takes no more."""

    async def scenario() -> None:
        runner = Doubling()
        runner.hold = True
        to = batcher(runner)
        first = asking(to, 1)
        await asyncio.sleep(0.01)
        drained = asyncio.ensure_future(to.drained())
        await asyncio.sleep(0.01)
        assert not drained.done()
        runner.release()
        await drained
        assert [2.0] == values(await first)
        to.close()
        with pytest.raises(Unavailable):
            await asking(to, 2)

    run(scenario())
