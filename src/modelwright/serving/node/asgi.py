"""The node's core as a raw ASGI application, for uvicorn or any other server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from modelwright.serving.node.front import Front, too_large
from modelwright.serving.node.messages import Response

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def application(front: Front) -> Application:
    """An ASGI application over `front`. A body beyond the limit is refused before it has been read."""

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        body = await _body(receive, int(headers.get(b"content-length", b"0")), front.body_bytes)
        if isinstance(body, int):
            response = too_large(scope["path"], front.body_bytes)
        elif body is None:
            return
        else:
            response = await front.handle(scope["method"], scope["path"], headers, body)
        await _send(send, response, head=scope["method"] == "HEAD")

    return app


async def _body(receive: Receive, announced: int, limit_bytes: int) -> bytes | int | None:
    """The whole body; its size when that is beyond the limit; None when the caller went away."""
    if announced > limit_bytes:
        return announced
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            return size
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(send: Send, response: Response, *, head: bool) -> None:
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode()),
        *[(name.lower(), value) for name, value in response.headers],
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else response.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
