"""Answers in fewer bytes: for whom, which, and that nothing of them is lost."""

import asyncio
import gzip
from typing import Any

import httpx
import pytest
import zstandard

from modelwright.core.http.compression import Compressed, chosen

LONG = b'{"items":[' + b",".join(b'{"name":"run %d"}' % number for number in range(400)) + b"]}"
HUGE = b"[" + b",".join(b"%d" % number for number in range(100_000)) + b"]"
JSON = [(b"content-type", b"application/json")]


def _ask(
    path: str = "/api/v1/things",
    *,
    accepts: str = "gzip, deflate, br, zstd",
    bodies: tuple[bytes, ...] = (LONG,),
    headers: list[tuple[bytes, bytes]] = JSON,
) -> tuple[dict[str, str], bytes]:
    """Headers and bytes, as they would cross the wire, of an answer that comes in these pieces."""
    sent: list[dict[str, Any]] = []

    async def api(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        for body in bodies[:-1]:
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": bodies[-1]})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": [(b"accept-encoding", accepts.encode())]}
    asyncio.run(Compressed(api)(scope, None, send))  # type: ignore[arg-type]  # a coroutine, as for any ASGI application
    return dict(httpx.Headers(sent[0]["headers"])), b"".join(part.get("body", b"") for part in sent[1:])


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate", "gzip"),
        ("GZIP", "gzip"),
        ("zstd;q=0, gzip;q=0.5", "gzip"),
        ("zstd;q=0.1", "zstd"),
        ("gzip;q=0.0", ""),
        ("br", ""),
        ("notgzip", ""),
        ("identity", ""),
        ("", ""),
    ],
)
def test_an_answer_comes_in_a_form_that_was_asked_for(accepts: str, encoding: str) -> None:
    """A form that the client refuses, or does not name, is not sent."""
    assert encoding == chosen(accepts)


@pytest.mark.parametrize("body", [LONG, HUGE])
def test_a_compressed_answer_says_the_same(body: bytes) -> None:
    """Also one that is compressed in a thread; the length is that of what crosses the wire."""
    zstd, small = _ask(bodies=(body,))
    gzipped, middle = _ask(bodies=(body,), accepts="gzip")

    assert ("zstd", "gzip") == (zstd["content-encoding"], gzipped["content-encoding"])
    assert body == zstandard.ZstdDecompressor().decompress(small) == gzip.decompress(middle)
    assert (str(len(small)), str(len(middle))) == (zstd["content-length"], gzipped["content-length"])


@pytest.mark.parametrize("accepts", ["zstd", "gzip", "identity"])
def test_a_cache_is_told_that_the_form_depends_on_who_asks(accepts: str) -> None:
    headers, _ = _ask(accepts=accepts)

    assert "accept-encoding" == headers["vary"]


@pytest.mark.parametrize(
    ("case", "changed"),
    [
        ("short", {"bodies": (b"{}",)}),
        ("streamed", {"bodies": (LONG, LONG)}),
        ("an event stream", {"headers": [(b"content-type", b"text/event-stream")]}),
        ("already encoded", {"headers": [*JSON, (b"content-encoding", b"gzip")]}),
        ("a range of a file", {"headers": [*JSON, (b"accept-ranges", b"bytes")]}),
        ("a secret", {"headers": [*JSON, (b"cache-control", b"no-store")]}),
        ("an artifact", {"path": "/api/v1/artifacts/runs/r/file"}),
        ("MLflow's", {"path": "/api/2.0/mlflow/runs/search"}),
    ],
)
def test_some_answers_pass_as_they_are(case: str, changed: dict[str, Any]) -> None:
    _, body = _ask(**changed)

    assert b"".join(changed.get("bodies", (LONG,))) == body, case
