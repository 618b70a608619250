"""Waiting for the node's next message: awake for a moment while one follows the other, asleep otherwise.

A processor that slept between two batches comes back without what it had at hand. Measured with a forest of 100 trees
in a virtual machine with nothing else running: 10 us a row in batches without a pause, 26 us after pauses of 1 ms.
Callers of a busy model got a seventh fewer answers for it.
"""

from __future__ import annotations

import socket
import time

AWAKE_S = 250e-6
# Whose last message was longer in coming would mostly be waited for in vain, which takes the processor from others.
_SOON_S = 2 * AWAKE_S
# One for the node, which has what is waited for, and one to wait on.
_PROCESSORS = 2


class Waiting:
    """Takes the first bytes of messages from a socket; sleeps at once where it would keep the node from running."""

    def __init__(self, stream: socket.socket, *, processors: float) -> None:
        self._stream = stream
        self._stays = processors >= _PROCESSORS
        self._waited_s = _SOON_S

    def into(self, begun: bytearray) -> int:
        """As `recv_into`: waits for at least one byte, and gives 0 once the other side has closed."""
        start = time.perf_counter()
        if self._stays and self._waited_s < _SOON_S:
            while time.perf_counter() - start < AWAKE_S:
                try:
                    size = self._stream.recv_into(begun, 0, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    continue
                self._waited_s = 0.0
                return size
        size = self._stream.recv_into(begun)
        self._waited_s = time.perf_counter() - start
        return size
