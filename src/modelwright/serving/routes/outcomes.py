"""`/api/v1/deployments/{name}/outcomes`: what became of predictions."""

from typing import Any

from litestar import post
from litestar.params import FromPath, JSONBody

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.serving.service import outcomes
from modelwright.serving.shown import OutcomesAsked, OutcomesTaken


@post(
    "/api/v1/deployments/{deployment:str}/outcomes",
    opt={"needs": Permission.PREDICT},
    tags=["serving"],
    status_code=200,
)
async def take_outcomes(db: Db, deployment: FromPath[str], data: JSONBody[OutcomesAsked]) -> OutcomesTaken:
    """Keep what turned out to be true of predictions; rollouts with guards on it learn from it at once."""
    return await db.write(lambda tx: outcomes.take(tx, deployment, data.outcomes))


OUTCOMES: list[Any] = [take_outcomes]
