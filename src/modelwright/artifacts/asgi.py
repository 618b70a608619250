"""What ASGI is to this room: a body that comes in pieces, an answer that goes out in pieces, threads beside it.

Both dialects of the server meet here, and a framework's request object would cost more than a small file does.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from modelwright.artifacts.answers import Headers
from modelwright.core.errors import BadInput

T = TypeVar("T")
Scope = Any
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]

_THREADS: Final = 16


class Threads:
    """The room's threads, for what blocks: disks, object stores, hashes."""

    def __init__(self) -> None:
        self._executor: Final = ThreadPoolExecutor(_THREADS, thread_name_prefix="artifacts")

    async def run(self, fn: Callable[..., T], *arguments: Any) -> T:
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: context.run(fn, *arguments))

    def close(self) -> None:
        self._executor.shutdown()


async def body_piece(receive: Receive, at_least: int) -> tuple[bytes, bool]:
    """The next bytes of the body, `at_least` as many unless it ends, and whether there is more.

    Raises BadInput when the client hangs up.
    """
    pieces, size, more = [], 0, True
    while more and size < at_least:
        message = await receive()
        if message["type"] != "http.request":
            raise BadInput("the upload was cut off before its end; nothing of it is kept")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
    return (pieces[0] if len(pieces) == 1 else b"".join(pieces)), more


async def hung_up(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def headers_of(scope: Scope) -> Mapping[bytes, str]:
    """The request's headers by their names in lower case."""
    return {key: value.decode("latin-1") for key, value in scope["headers"]}


async def answer(send: Send, status: int, headers: Headers, content: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})
