"""The server's clock: whole milliseconds since 1970-01-01 UTC."""

import time


def now_ms() -> int:
    return time.time_ns() // 1_000_000
