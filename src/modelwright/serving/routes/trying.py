"""What a deployment takes, and trying it out through the server."""

import asyncio
from typing import Any

from litestar import get, post
from litestar.params import FromPath, JSONBody

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.serving import asking
from modelwright.serving.asking import Tried, TryAsked
from modelwright.serving.routes.given import Serving
from modelwright.serving.service import deployments, signatures
from modelwright.serving.service.signatures import SignatureShown

_TAGS = ["serving"]


@get("/api/v1/deployments/{deployment:str}/signature", opt={"needs": Permission.READ}, tags=_TAGS)
async def show_signature(db: Db, serving: Serving, deployment: FromPath[str]) -> SignatureShown:
    """The inputs and outputs of the version that speaks for the deployment."""
    route = await db.read(lambda tx: signatures.route_of(tx, deployment))
    return await asyncio.to_thread(signatures.shown, route, lambda digest: b"".join(serving.blobs.read(digest)))


@post("/api/v1/deployments/{deployment:str}/try", opt={"needs": Permission.PREDICT}, tags=_TAGS, status_code=200)
async def try_deployment(db: Db, deployment: FromPath[str], data: JSONBody[TryAsked]) -> Tried:
    """Send rows to a node as any caller would, and pass its answer on."""
    shown = await db.read(lambda tx: deployments.show(tx, deployment))
    return await asking.try_out(shown, data)


TRYING: list[Any] = [show_signature, try_deployment]
