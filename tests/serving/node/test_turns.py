"""Short turns at the processor: asked for without harm anywhere, and passed on to what is started."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from modelwright.serving.node.turns import TURN_NS

IN_CHILD = """
import os, subprocess, sys
from modelwright.serving.node.turns import take_short_turns, turn_ns
before = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0)
take_short_turns()
assert before == (os.getpriority(os.PRIO_PROCESS, 0), os.sched_getscheduler(0))
print(turn_ns(), flush=True)
told = "from modelwright.serving.node.turns import turn_ns; print(turn_ns())"
subprocess.run([sys.executable, "-c", told], check=True)
"""


def turns(*before: str) -> list[str]:
    """Of a process that asked for short turns, and of one that it started."""
    command = [*before, sys.executable, "-c", IN_CHILD]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_a_process_and_what_it_starts_have_short_turns_where_linux_gives_them() -> None:
    """Before 6.12 nothing happens, and nothing fails; how nice a process is stays in any case."""
    release = tuple(int(part) for part in platform.release().split("-")[0].split(".")[:2])
    found = turns("nice", "-n", "3")

    assert 2 == len(found)
    if release >= (6, 12) and platform.machine() in {"x86_64", "aarch64"}:
        assert [str(TURN_NS)] * 2 == found


def test_what_an_operator_chose_stays() -> None:
    """A process that runs when nobody else does is not made to interrupt others."""
    if not hasattr(os, "SCHED_IDLE"):
        pytest.skip("this system has no such choice")
    assert str(TURN_NS) not in turns("chrt", "--idle", "0")
