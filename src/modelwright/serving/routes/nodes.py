"""`/api/v1/nodes`: for people, who look, and for nodes, who ask what to serve and bring what they saw."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream

from modelwright.artifacts.blobs import Blobs
from modelwright.core.auth import Permission
from modelwright.core.clock import now_ms
from modelwright.core.errors import BadInput, NotFound
from modelwright.core.http.given import By, Db
from modelwright.serving.model import DesiredState, NodeReport, Segment
from modelwright.serving.routes.given import Serving
from modelwright.serving.service import ledger, nodes
from modelwright.serving.shown import Nodes, NodeShown

_TAGS = ["serving"]
_NODE = {"needs": Permission.OPERATE}
_LOOK_EVERY_S = 0.2
"""A rollback must reach all nodes within two seconds, also when another server of several wrote it."""

_MAX_WAIT_S = 60.0
_WAIT_S = 5.0
"""The server answers 204 after this at the latest: who waits longer keeps a server from stopping."""


@get("/api/v1/nodes", opt={"needs": Permission.READ}, tags=_TAGS)
async def list_nodes(db: Db) -> Nodes:
    return Nodes(await db.read(nodes.every))


@get("/api/v1/nodes/{node:str}", opt={"needs": Permission.READ}, tags=_TAGS)
async def show_node(db: Db, node: FromPath[str]) -> NodeShown:
    return await db.read(lambda tx: nodes.show(tx, node))


@get("/api/v1/nodes/{node:str}/desired", opt=_NODE, tags=_TAGS)
async def desired_state(
    request: Request[Any, Any, Any],
    db: Db,
    node: FromPath[str],  # noqa: ARG001 - every node serves everything; the name is for the access log
    after: Annotated[int, QueryParameter(ge=-1, description="The revision that the node has; -1 for none.")] = -1,
    wait_s: Annotated[float, QueryParameter(ge=0, le=_MAX_WAIT_S)] = 0.0,
) -> Response[DesiredState | None]:
    """The desired state once its revision is another than `after`; 204 when that does not happen in time."""
    request.scope["waits"] = True  # type: ignore[typeddict-unknown-key]  # a slow answer is no news for the log
    until_ms = now_ms() + min(wait_s, _WAIT_S) * 1000
    # Another, not a higher one: a server that was brought back from a backup has a lower.
    while await db.read(nodes.revision) == after:
        if now_ms() >= until_ms:
            return Response(None, status_code=204)
        await asyncio.sleep(_LOOK_EVERY_S)
    return Response(await db.read(nodes.desired))


@post("/api/v1/nodes/{node:str}/reports", opt=_NODE, tags=_TAGS, status_code=204)
async def take_report(db: Db, actor: By, node: FromPath[str], data: JSONBody[NodeReport]) -> None:
    """Keep a node's report. Sending one again changes nothing."""
    if data.node != node:
        raise BadInput(f"the report is of node {data.node!r}, the address says {node!r}", node=node)
    await db.write(lambda tx: nodes.report(tx, actor, data))


@get("/api/v1/nodes/{node:str}/blobs/{digest:str}", opt=_NODE, tags=_TAGS, media_type="application/octet-stream")
async def read_blob(db: Db, serving: Serving, node: FromPath[str], digest: FromPath[str]) -> Stream:
    """The bytes of a file that some deployment needs."""
    if not await db.read(lambda tx: nodes.is_served(tx, digest)):
        raise NotFound(f"no deployment needs {digest}; node {node!r} may have an old desired state", digest=digest)
    size = await asyncio.to_thread(serving.blobs.size, digest)
    return Stream(chunks(serving.blobs, digest), headers={"content-length": str(size)})


async def chunks(blobs: Blobs, digest: FromPath[str]) -> AsyncIterator[bytes]:
    chunks = blobs.read(digest)
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


@post("/api/v1/nodes/{node:str}/segments", opt=_NODE, tags=_TAGS, status_code=204)
async def take_segment(
    db: Db,
    serving: Serving,
    node: FromPath[str],
    request: Request[Any, Any, Any],
    about: Annotated[str, QueryParameter()],
) -> None:
    """Keep a sealed segment of the ledger: `about` is its description as JSON, the body its Arrow stream."""
    segment = msgspec.json.decode(about, type=Segment)
    if segment.node != node:
        raise BadInput(f"the segment is of node {segment.node!r}, the address says {node!r}", node=node)
    body = await request.body()
    placed = await asyncio.to_thread(_place, serving.ledger, body)
    if placed != segment.digest:
        raise BadInput(f"the body is {placed}, the segment says {segment.digest}; send it again", digest=placed)
    await db.write(lambda tx: ledger.add(tx, segment, len(body)))


def _place(blobs: Blobs, body: bytes) -> str:
    spool = blobs.spool()
    try:
        spool.write(body)
        return spool.place().digest
    finally:
        spool.close()


NODES: list[Any] = [list_nodes, show_node, desired_state, take_report, read_blob, take_segment]
