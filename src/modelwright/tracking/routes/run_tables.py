"""`/api/v1/runs/search` and `/columns`: tables of runs."""

from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import JSONBody

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Page
from modelwright.tracking.model.rules import experiment_number
from modelwright.tracking.model.shown import RunRow, Stage
from modelwright.tracking.service import run_search
from modelwright.tracking.service import run_tables as service
from modelwright.tracking.service.run_tables import RunColumns

_MOST_KEYS = 200
_FARTHEST = limits.PAGE_RUNS - limits.PAGE_API

Keys = Annotated[list[str], msgspec.Meta(max_length=_MOST_KEYS)]


class RunSearch(msgspec.Struct, frozen=True, kw_only=True):
    """`filter` and `order_by` speak MLflow's language. Of params, metrics and tags only those asked for come."""

    experiment_ids: list[str]
    filter: str = ""
    order_by: list[str] = []
    lifecycle_stage: Stage = "active"
    offset: Annotated[int, msgspec.Meta(ge=0, le=_FARTHEST)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.PAGE_API)] = 100
    params: Keys = []
    metrics: Keys = []
    tags: Keys = []


class ColumnsAsk(msgspec.Struct, frozen=True, kw_only=True):
    experiment_ids: list[str]
    filter: str = ""


@post("/api/v1/runs/search", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def search_runs(db: Db, data: JSONBody[RunSearch]) -> Page[RunRow]:
    """Any stretch of the runs that match, in their order, and how many there are in all."""
    wanted = run_search.RunSearch(
        experiments=tuple(map(experiment_number, data.experiment_ids)),
        filter_=data.filter,
        order_by=tuple(data.order_by),
        view=data.lifecycle_stage,
    )
    keys = (data.params, data.metrics, data.tags)
    items, total = await db.read(lambda tx: service.rows(tx, wanted, offset=data.offset, limit=data.limit, keys=keys))
    return Page(items=items, total=total)


@post("/api/v1/runs/columns", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def list_run_columns(db: Db, data: JSONBody[ColumnsAsk]) -> RunColumns:
    """What can stand in a table of the active runs that match."""
    experiments = tuple(map(experiment_number, data.experiment_ids))
    wanted = run_search.RunSearch(experiments=experiments, filter_=data.filter)
    return await db.read(lambda tx: service.columns(tx, wanted))


ROUTES: list[Any] = [search_runs, list_run_columns]
