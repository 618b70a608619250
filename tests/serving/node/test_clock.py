"""The node's clock: what is set on the machine does not move it, and what the server says does."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import httpx
import pytest

from modelwright.serving.model import WINDOW_MS, NodeReport
from modelwright.serving.node import server_source
from modelwright.serving.node.clock import Clock
from modelwright.serving.node.server_source import ServerSource
from modelwright.serving.node.tally import Tally

DAY_S = 86_400


class Machine:
    """Seconds on the wall, which anybody may set, and since it was switched on."""

    def __init__(self) -> None:
        self.wall_s = 1_700_000_000.0
        self.up_s = 100.0

    def passes(self, seconds: float) -> None:
        self.wall_s += seconds
        self.up_s += seconds

    def clock(self) -> Clock:
        return Clock(lambda: int(self.wall_s * 1e9), lambda: int(self.up_s * 1e9))


@pytest.mark.parametrize("set_by_s", [-DAY_S, 3600])
def test_a_clock_that_is_set_while_the_node_serves_makes_no_jump(set_by_s: float) -> None:
    """Minutes that were counted are not counted again, and none is left out."""
    machine = Machine()
    clock = machine.clock()
    before_ms = clock.now_ms()
    machine.wall_s += set_by_s
    machine.passes(1.5)

    assert before_ms + 1500 == clock.now_ms()


@pytest.mark.parametrize("off_s", [-DAY_S, -3, 3, DAY_S])
def test_the_server_s_time_is_taken(off_s: float) -> None:
    """A node a day behind would count for a time in which its rollout had not begun."""
    machine = Machine()
    clock = machine.clock()
    server_ms = int((machine.wall_s - off_s) * 1000)
    clock.heed(server_ms)
    machine.passes(10)

    assert server_ms + 10_000 == clock.now_ms()


def test_what_seconds_cannot_tell_is_left_alone() -> None:
    machine = Machine()
    clock = machine.clock()
    clock.heed(int(machine.wall_s * 1000) - 1900)

    assert int(machine.wall_s * 1000) == clock.now_ms()


@pytest.mark.parametrize(
    ("date", "expected_s"), [(formatdate(1_600_000_000, usegmt=True), 1_600_000_000.5), ("", None), ("yesterday", None)]
)
def test_a_report_s_answer_tells_the_time(date: str, expected_s: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the header that every HTTP server has; a proxy may have left it out."""
    machine = Machine()
    clock = machine.clock()
    monkeypatch.setattr(server_source, "CLOCK", clock)
    source = ServerSource("http://server", "one", None)
    headers = {"date": date} if date else {}
    transport = httpx.MockTransport(lambda _: httpx.Response(204, headers=headers))
    source._client = httpx.AsyncClient(transport=transport, base_url="http://server")
    asyncio.run(source.report(NodeReport(node="one", sent_ms=1, started_ms=1, software="0", revision=1)))

    assert int((machine.wall_s if expected_s is None else expected_s) * 1000) == clock.now_ms()


def test_a_window_that_comes_again_is_another_one() -> None:
    """The server has the counts of the first one, and takes those of the second for the same if it is called alike."""
    machine = Machine()
    clock = machine.clock()
    first = clock.window_ms(clock.now_ms())
    clock.heed(clock.now_ms() - 60_000)
    machine.passes(60)
    again = clock.window_ms(clock.now_ms())
    clock.heed(clock.now_ms() + 60_000)
    later = clock.window_ms(clock.now_ms())

    assert 0 == first % WINDOW_MS
    assert [first + 1, first + 60_001] == [again, later]


def test_both_sides_of_a_rollout_count_in_the_same_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the clock was set back before one of them had anything to count."""
    clock = Machine().clock()
    monkeypatch.setattr("modelwright.serving.node.clock.window_ms", clock.window_ms)
    control, candidate = Tally("api", "control"), Tally("api", "candidate")
    control.request(clock.now_ms(), 1, 1.0)
    clock.heed(clock.now_ms() - 60_000)
    for one in (control, candidate):
        one.request(clock.now_ms(), 1, 1.0)
    (before, back), (other,) = (one.closed(clock.now_ms() + WINDOW_MS) for one in (control, candidate))

    assert back.window_ms == other.window_ms != before.window_ms
