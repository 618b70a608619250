"""Room for the bodies of gRPC requests: so many of the largest may be here and unanswered, and no more.

How large a request is, gRPC says only when it is here. Until then it has the room of the largest; where there is none
left, whoever has been sending for longest gives way to those who wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from modelwright.core.errors import Unavailable

LARGEST = 8
"""So many of the largest bodies; as over HTTP."""

# For how long a request may take to come; from when on it may be told to give way; for how long to wait for room.
_COMING_S, _SLOW_S, _WAITING_S = 300.0, 1.0, 5.0


class Room:
    """Use from one event loop only."""

    def __init__(self, body_bytes: int) -> None:
        self._largest = body_bytes
        self._free = LARGEST * body_bytes
        self._waiting: deque[asyncio.Future[None]] = deque()
        # Oldest first.
        self._coming: dict[asyncio.Timeout, float] = {}

    async def receive(self, context: Any) -> Any:
        """The next message of a call, or gRPC's end; what it takes is to be given back by `leave`.

        Raises Unavailable where there is no room, or for those who are too slow to be kept.
        """
        await self._enter()
        size = 0
        try:
            async with asyncio.timeout(_COMING_S) as patience:
                self._coming[patience] = asyncio.get_running_loop().time()
                try:
                    found = await context.read()
                finally:
                    del self._coming[patience]
            size = len(found) if isinstance(found, bytes) else 0
        except TimeoutError:
            raise Unavailable("the request came too slowly, and others waited for its room; ask again") from None
        finally:
            self.leave(self._largest - size)
        return found

    def leave(self, size: int) -> None:
        self._free += size
        while self._waiting and self._free >= self._largest:
            waiting = self._waiting.popleft()
            if not waiting.done():
                self._free -= self._largest
                waiting.set_result(None)

    async def _enter(self) -> None:
        if not self._waiting and self._free >= self._largest:
            self._free -= self._largest
            return
        loop = asyncio.get_running_loop()
        room: asyncio.Future[None] = loop.create_future()
        self._waiting.append(room)
        self._hurry()
        later = loop.call_later(_SLOW_S, self._hurry)
        try:
            async with asyncio.timeout(_WAITING_S):
                await room
        except TimeoutError:
            raise Unavailable("the node holds as much of unanswered requests as it can; ask again") from None
        except asyncio.CancelledError:
            if room.done() and not room.cancelled():
                self.leave(self._largest)
            raise
        finally:
            later.cancel()

    def _hurry(self) -> None:
        """Let the slowest go, if it is slow."""
        now = asyncio.get_running_loop().time()
        slowest = next(iter(self._coming), None)
        if slowest is not None and now - self._coming[slowest] >= _SLOW_S:
            slowest.reschedule(now)
