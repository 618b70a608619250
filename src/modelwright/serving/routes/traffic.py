"""`/api/v1/serving/deployments`, and what one deployment answered: what a person looks at."""

from typing import Annotated, Any

from litestar import get
from litestar.params import FromPath, QueryParameter

from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.serving.service import traffic
from modelwright.serving.traffic import DeploymentRow, TrafficShown

_TAGS = ["serving"]
_READ = {"needs": Permission.READ}
Words = Annotated[str, QueryParameter(description="Part of the name.", max_length=200)]
Model = Annotated[str, QueryParameter(description="Only those with a route to a version of this model.")]
Number = Annotated[int, QueryParameter(ge=0, description="With `model`: only to this version; 0 for any.")]
Minutes = Annotated[int, QueryParameter(ge=1, le=24 * 60, description="How far back, in minutes.")]
Until = Annotated[int | None, QueryParameter(ge=0, description="Milliseconds since 1970; left out: now.")]
Points = Annotated[int, QueryParameter(ge=1, le=1000, description="The most moments to answer.")]


@get("/api/v1/serving/deployments", opt=_READ, tags=_TAGS)
async def page_of_deployments(
    db: Db, q: Words = "", model: Model = "", number: Number = 0, limit: Limit = 100, page_token: PageToken = None
) -> Page[DeploymentRow]:
    """Deployments by name, with their states and what they answered in the last minutes."""
    return await db.read(
        lambda tx: traffic.page(tx, words=q, model=model, number=number, limit=limit, token=page_token)
    )


@get("/api/v1/deployments/{deployment:str}/traffic", opt=_READ, tags=_TAGS)
async def show_traffic(
    db: Db, deployment: FromPath[str], minutes: Minutes = 60, until_ms: Until = None, points: Points = 180
) -> TrafficShown:
    """Rates, errors and latencies of each route along time."""
    return await db.read(lambda tx: traffic.traffic(tx, deployment, minutes=minutes, until_ms=until_ms, points=points))


TRAFFIC: list[Any] = [page_of_deployments, show_traffic]
