"""How soon, and on how many processors, the system lets this process run when there is something to do for it."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

TURN_NS = 100_000
"""The shortest turn that Linux gives; its usual one is about 3 ms."""

# The C library of Debian 12 has no names for these calls. Numbers of (sched_setattr, sched_getattr).
_CALLS = {"x86_64": (314, 315), "aarch64": (274, 275)}


class _Attributes(ctypes.Structure):
    """`struct sched_attr` of sched_setattr(2), in its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("sched_policy", ctypes.c_uint32),
        ("sched_flags", ctypes.c_uint64),
        ("sched_nice", ctypes.c_int32),
        ("sched_priority", ctypes.c_uint32),
        ("sched_runtime", ctypes.c_uint64),
        ("sched_deadline", ctypes.c_uint64),
        ("sched_period", ctypes.c_uint64),
    )


def take_short_turns() -> None:
    """Ask for short turns for this thread, and for threads and processes that it starts from now on.

    Who has short turns gets no more of the processor than before, but gets it sooner: it interrupts those with long
    ones when a request comes or an answer is there. Linux does so from 6.12 on (EEVDF, sched_setattr(2)); where the
    system does not, or forbids it, all stays as it is.
    """
    attributes = _attributes()
    if attributes is None or attributes.sched_policy != os.SCHED_OTHER:
        return
    attributes.sched_runtime = TURN_NS
    ctypes.CDLL(None).syscall(_CALLS[platform.machine()][0], 0, ctypes.byref(attributes), 0)


def turn_ns() -> int | None:
    """The length of this thread's turns; None where the system does not tell."""
    attributes = _attributes()
    return None if attributes is None or not attributes.sched_runtime else int(attributes.sched_runtime)


def processors(root: Path = Path("/")) -> float:
    """Processors that this process may keep busy: those it may run on, or its control group's quota if that is less.

    `root` has `proc/self/cgroup` and `sys/fs/cgroup` below it (cgroup v2); without, no quota is known.
    """
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([float(own), *_quotas(root)])


def _quotas(root: Path) -> list[float]:
    """What this process's group and those above it may use, for those that are bounded."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    named = next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "/")
    group = Path("sys/fs/cgroup") / named.strip("/")
    found = []
    for folder in (group, *group.parents):
        try:
            quota, _, period = (root / folder / "cpu.max").read_text().strip().partition(" ")
        except OSError:
            continue
        if quota.isdecimal() and period.isdecimal():
            found.append(int(quota) / int(period))
    return found


def _attributes() -> _Attributes | None:
    if platform.system() != "Linux" or platform.machine() not in _CALLS:
        return None
    attributes = _Attributes()
    size = ctypes.sizeof(attributes)
    told = ctypes.CDLL(None).syscall(_CALLS[platform.machine()][1], 0, ctypes.byref(attributes), size, 0)
    return attributes if told == 0 else None
