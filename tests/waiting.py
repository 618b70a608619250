"""Waiting for what happens after the answer: a test says what it waits for, never for how long."""

import time
from collections.abc import Callable
from typing import TypeVar

from modelwright.core.errors import ModelwrightError

T = TypeVar("T")
PATIENCE_S = 300.0


def eventually(what: Callable[[], T | None]) -> T:
    """What `what` gives once it is true; errors of ours count as not yet."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            found = what()
        except ModelwrightError:
            found = None
        if found:
            return found
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)
