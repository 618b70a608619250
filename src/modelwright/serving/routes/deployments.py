"""`/api/v1/deployments`."""

from typing import Annotated, Any

from litestar import get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.clock import now_ms
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.serving.routes.given import Serving
from modelwright.serving.service import deployments, nodes, rollouts
from modelwright.serving.shown import (
    DeployAsked,
    Deployment,
    Deployments,
    RolloutShown,
    RoutesAsked,
    ScaleAsked,
    Timeline,
)

_TAGS = ["serving"]
_READ = {"needs": Permission.READ}
_DEPLOY = {"needs": Permission.DEPLOY}
_MINUTES = Annotated[int, QueryParameter(ge=1, le=7 * 24 * 60, description="How far back, in minutes.")]


@post("/api/v1/deployments", opt=_DEPLOY, tags=_TAGS)
async def create_deployment(db: Db, actor: By, serving: Serving, data: JSONBody[DeployAsked]) -> Deployment:
    return await db.write(lambda tx: deployments.deploy(tx, actor, serving.versions, data))


@get("/api/v1/deployments", opt=_READ, tags=_TAGS)
async def list_deployments(db: Db) -> Deployments:
    return Deployments(await db.read(deployments.every))


@get("/api/v1/deployments/{deployment:str}", opt=_READ, tags=_TAGS)
async def show_deployment(db: Db, deployment: FromPath[str]) -> Deployment:
    return await db.read(lambda tx: deployments.show(tx, deployment))


@put("/api/v1/deployments/{deployment:str}/routes", opt=_DEPLOY, tags=_TAGS)
async def set_routes(
    db: Db, actor: By, serving: Serving, deployment: FromPath[str], data: JSONBody[RoutesAsked]
) -> Deployment:
    return await db.write(lambda tx: deployments.set_routes(tx, actor, serving.versions, deployment, data))


@post("/api/v1/deployments/{deployment:str}/scale", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def scale_deployment(db: Db, actor: By, deployment: FromPath[str], data: JSONBody[ScaleAsked]) -> Deployment:
    return await db.write(lambda tx: deployments.scale(tx, actor, deployment, data))


@post("/api/v1/deployments/{deployment:str}/stop", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def stop_deployment(db: Db, actor: By, deployment: FromPath[str]) -> Deployment:
    return await db.write(lambda tx: deployments.stop(tx, actor, deployment))


@post("/api/v1/deployments/{deployment:str}/resume", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def resume_deployment(db: Db, actor: By, deployment: FromPath[str]) -> Deployment:
    return await db.write(lambda tx: deployments.resume(tx, actor, deployment))


@get("/api/v1/deployments/{deployment:str}/timeline", opt=_READ, tags=_TAGS)
async def show_timeline(db: Db, deployment: FromPath[str], minutes: _MINUTES = 60) -> Timeline:
    since_ms = now_ms() - minutes * 60_000
    return await db.read(lambda tx: nodes.timeline(tx, deployment, since_ms=since_ms))


@get("/api/v1/deployments/{deployment:str}/rollouts", opt=_READ, tags=_TAGS)
async def list_rollouts(
    db: Db, deployment: FromPath[str], limit: Limit = 20, page_token: PageToken = None
) -> Page[RolloutShown]:
    """A deployment's rollouts, newest first, without their events."""
    return await db.read(lambda tx: rollouts.of_deployment(tx, deployment, limit=limit, token=page_token))


DEPLOYMENTS: list[Any] = [
    create_deployment,
    list_deployments,
    show_deployment,
    set_routes,
    scale_deployment,
    stop_deployment,
    resume_deployment,
    show_timeline,
    list_rollouts,
]
