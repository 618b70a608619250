"""What a deployment takes, and trying it out through the server."""

import asyncio
from typing import Any

from litestar import get, post
from litestar.params import FromPath, JSONBody

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.core.nesting import check_nesting
from modelwright.serving import asking, rehearsing
from modelwright.serving.asking import Tried, TryAsked
from modelwright.serving.routes.given import Serving
from modelwright.serving.service import deployments, rehearsals, signatures
from modelwright.serving.service.signatures import SignatureShown
from modelwright.serving.shown import ReplayAsked, ReplayShown

_TAGS = ["serving"]


@get("/api/v1/deployments/{deployment:str}/signature", opt={"needs": Permission.READ}, tags=_TAGS)
async def show_signature(db: Db, serving: Serving, deployment: FromPath[str]) -> SignatureShown:
    """The inputs and outputs of the version that speaks for the deployment."""
    route = await db.read(lambda tx: signatures.route_of(tx, deployment))
    return await asyncio.to_thread(signatures.shown, route, lambda digest: b"".join(serving.blobs.read(digest)))


@post("/api/v1/deployments/{deployment:str}/try", opt={"needs": Permission.PREDICT}, tags=_TAGS, status_code=200)
async def try_deployment(db: Db, deployment: FromPath[str], data: JSONBody[TryAsked]) -> Tried:
    """Send rows to a node as any caller would, and pass its answer on."""
    check_nesting([data.rows, data.columns])
    shown = await db.read(lambda tx: deployments.show(tx, deployment))
    return await asking.try_out(shown, data)


@post("/api/v1/deployments/{deployment:str}/replays", opt={"needs": Permission.PREDICT}, tags=_TAGS, status_code=200)
async def replay_deployment(
    db: Db, serving: Serving, deployment: FromPath[str], data: JSONBody[ReplayAsked]
) -> ReplayShown:
    """Have a version answer stored rows again, off the record, and compare."""
    cast = await db.read(lambda tx: rehearsals.cast(tx, serving.versions, deployment, data.version))
    return await asyncio.to_thread(rehearsing.replay, serving.ledger, cast, data.rows)


TRYING: list[Any] = [show_signature, try_deployment, replay_deployment]
