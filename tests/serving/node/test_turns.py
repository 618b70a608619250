"""Short turns at the processor: asked for without harm anywhere, and passed on to what is started."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from modelwright.serving.node.turns import TURN_NS, processors

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


@pytest.mark.parametrize(
    ("own", "above", "least"), [("50000 100000", "max 100000", 0.5), ("max 100000", "75000 100000", 0.75)]
)
def test_a_quota_of_the_group_or_of_one_above_it_bounds_the_processors(
    tmp_path: Path, own: str, above: str, least: float
) -> None:
    group = tmp_path / "sys/fs/cgroup/system.slice/node.service"
    group.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("1:cpu:/\n0::/system.slice/node.service\n")
    (group / "cpu.max").write_text(own + "\n")
    (group.parent / "cpu.max").write_text(above + "\n")

    assert least == processors(tmp_path)


def test_without_a_quota_a_process_has_the_processors_that_it_may_run_on(tmp_path: Path) -> None:
    assert len(os.sched_getaffinity(0)) == processors(tmp_path)
