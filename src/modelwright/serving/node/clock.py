"""The node's clock: the server's time where there is a server, and no jumps of its own.

Ids, rows and windows of all nodes are put beside each other, and beside what the server did, by their times. By a clock
that is an hour slow, a rollout would see nothing of what the node counts; one that is set back counts a minute twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from modelwright.serving.model import WINDOW_MS

_log = logging.getLogger(__name__)
# What the server says is whole seconds; below this, clocks agree.
_AGREE_MS = 2000


def _since_boot_ns() -> int:
    """Goes on while the machine sleeps, where the system has such a clock."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Clock:
    """Begins with the machine's time. Setting that does not move this one; `heed` does."""

    def __init__(
        self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = _since_boot_ns
    ) -> None:
        self._steady_ns = steady_ns
        self._began_ns = wall_ns() - steady_ns()
        self._times_back = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return (self._began_ns + self._steady_ns()) // 1_000_000

    def heed(self, server_ms: int) -> None:
        """Go by what the server says it is just now, unless that is what it is here, as nearly as can be told."""
        apart_ms = server_ms - self.now_ms()
        if abs(apart_ms) > _AGREE_MS:
            _log.warning("this clock is %+.1f s from the server's, whose time is taken", -apart_ms / 1000)
            self._began_ns += apart_ms * 1_000_000
            self._times_back += apart_ms < 0

    def window_ms(self, at_ms: int) -> int:
        """The window that a time is in, by its beginning, and so many milliseconds later as the clock was set back.

        A window that comes again is another one, and its counts are none that the server has already.
        """
        return at_ms - at_ms % WINDOW_MS + self._times_back % WINDOW_MS


# One for the process, as a machine has one time: whatever is counted anywhere in it is put side by side.
CLOCK = Clock()
now_ms = CLOCK.now_ms
window_ms = CLOCK.window_ms
