"""`/api/v1/rollouts`, and starting one under its deployment."""

from typing import Annotated, Any

from litestar import get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.http.given import By, Db
from modelwright.serving.routes.given import Serving
from modelwright.serving.service import rollouts
from modelwright.serving.shown import Order, RolloutAsked, RolloutEvidence, RolloutShown

_TAGS = ["serving"]
_DEPLOY = {"needs": Permission.DEPLOY}


@post("/api/v1/deployments/{deployment:str}/rollouts", opt=_DEPLOY, tags=_TAGS)
async def start_rollout(
    db: Db, actor: By, serving: Serving, deployment: FromPath[str], data: JSONBody[RolloutAsked]
) -> RolloutShown:
    return await db.write(lambda tx: rollouts.start(tx, actor, serving.versions, deployment, data))


@get("/api/v1/rollouts/{rollout:int}", opt={"needs": Permission.READ}, tags=_TAGS)
async def show_rollout(
    db: Db,
    rollout: FromPath[int],
    measured: Annotated[bool, QueryParameter(description="Whether measurements are among the events.")] = True,  # noqa: FBT002 - a query parameter
) -> RolloutShown:
    return await db.read(lambda tx: rollouts.show(tx, rollout, measured=measured))


@get("/api/v1/rollouts/{rollout:int}/evidence", opt={"needs": Permission.READ}, tags=_TAGS)
async def show_evidence(
    db: Db,
    serving: Serving,
    rollout: FromPath[int],
    points: Annotated[int, QueryParameter(ge=2, le=1000, description="The most moments to answer.")] = 120,
) -> RolloutEvidence:
    """How a rollout's evidence grew."""
    return await db.read(lambda tx: serving.growth.of(tx, rollout, points=points))


@post("/api/v1/rollouts/{rollout:int}/promote", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def promote_rollout(db: Db, actor: By, rollout: FromPath[int], data: JSONBody[Order]) -> RolloutShown:
    return await db.write(lambda tx: rollouts.promote(tx, actor, rollout, data.reason))


@post("/api/v1/rollouts/{rollout:int}/rollback", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def roll_back_rollout(db: Db, actor: By, rollout: FromPath[int], data: JSONBody[Order]) -> RolloutShown:
    return await db.write(lambda tx: rollouts.roll_back(tx, actor, rollout, data.reason))


@post("/api/v1/rollouts/{rollout:int}/abort", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def abort_rollout(db: Db, actor: By, rollout: FromPath[int], data: JSONBody[Order]) -> RolloutShown:
    return await db.write(lambda tx: rollouts.abort(tx, actor, rollout, data.reason))


@post("/api/v1/rollouts/{rollout:int}/resume", opt=_DEPLOY, tags=_TAGS, status_code=200)
async def resume_rollout(db: Db, actor: By, rollout: FromPath[int]) -> RolloutShown:
    return await db.write(lambda tx: rollouts.resume(tx, actor, rollout))


ROLLOUTS: list[Any] = [
    start_rollout,
    show_rollout,
    show_evidence,
    promote_rollout,
    roll_back_rollout,
    abort_rollout,
    resume_rollout,
]
