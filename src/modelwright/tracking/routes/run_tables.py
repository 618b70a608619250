"""`/api/v1/runs/search`, `/columns` and both at once as `/table`: tables of runs."""

from typing import Annotated, Any

import msgspec
from litestar import post
from litestar.params import JSONBody

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx
from modelwright.core.http.given import Db
from modelwright.core.http.pages import Page
from modelwright.tracking.model.rules import experiment_number
from modelwright.tracking.model.shown import RunRow, Stage
from modelwright.tracking.service import run_search
from modelwright.tracking.service import run_tables as service
from modelwright.tracking.service.run_groups import RunGroups, groups
from modelwright.tracking.service.run_tables import RunColumns, Stretch

_MOST_KEYS = 200
_MOST_METRICS = 20
_FARTHEST = 1_000_000

Keys = Annotated[list[str], msgspec.Meta(max_length=_MOST_KEYS)]


class RunSearch(msgspec.Struct, frozen=True, kw_only=True):
    """`filter` and `order_by` speak MLflow's language. Of params, metrics and tags only those asked for come.

    Rows begin `offset` runs behind the beginning, or behind the answer that `page_token` came from. Going on from
    a token costs the same everywhere; an offset costs what it passes over.
    """

    experiment_ids: list[str]
    filter: str = ""
    order_by: list[str] = []
    lifecycle_stage: Stage = "active"
    offset: Annotated[int, msgspec.Meta(ge=0, le=_FARTHEST)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.PAGE_API)] = 100
    page_token: str | None = None
    params: Keys = []
    metrics: Keys = []
    tags: Keys = []


class GroupsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """`by` is a param, a tag, status, user_id or run_name as a filter names it; `metrics` are summed up by group."""

    experiment_id: str
    by: str
    filter: str = ""
    lifecycle_stage: Stage = "active"
    metrics: Annotated[list[str], msgspec.Meta(max_length=_MOST_METRICS)] = []
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.PAGE_API)] = 200


class ColumnsAsk(msgspec.Struct, frozen=True, kw_only=True):
    """With `words`, only keys that contain them, in any case."""

    experiment_ids: list[str]
    filter: str = ""
    words: Annotated[str, msgspec.Meta(max_length=250)] = ""


class TableAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A search for somebody who has not chosen columns yet."""

    experiment_ids: list[str]
    filter: str = ""
    order_by: list[str] = []
    lifecycle_stage: Stage = "active"
    limit: Annotated[int, msgspec.Meta(ge=1, le=limits.PAGE_API)] = 100


class RunTable(msgspec.Struct, frozen=True, kw_only=True):
    """The first rows, with the values of the columns that `columns.shown` names."""

    columns: RunColumns
    rows: Page[RunRow]


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
    where = Stretch(data.offset, data.limit, data.page_token)
    found = await db.read(lambda tx: service.rows(tx, wanted, where, keys=keys))
    return Page(items=found.rows, total=found.total, next_page_token=found.token)


@post("/api/v1/runs/groups", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def group_runs(db: Db, data: JSONBody[GroupsAsk]) -> RunGroups:
    """The runs of an experiment that match, by what they have in common; the largest groups first."""
    wanted = run_search.RunSearch(
        experiments=(experiment_number(data.experiment_id),), filter_=data.filter, view=data.lifecycle_stage
    )
    return await db.read(lambda tx: groups(tx, wanted, data.by, metrics=data.metrics, limit=data.limit))


@post("/api/v1/runs/columns", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def list_run_columns(db: Db, data: JSONBody[ColumnsAsk]) -> RunColumns:
    """What can stand in a table of the active runs that match, told by the latest of them."""
    experiments = tuple(map(experiment_number, data.experiment_ids))
    wanted = run_search.RunSearch(experiments=experiments, filter_=data.filter)
    return await db.read(lambda tx: service.columns(tx, wanted, words=data.words))


@post("/api/v1/runs/table", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def show_run_table(db: Db, data: JSONBody[TableAsk]) -> RunTable:
    """The columns of a table and its first rows in one answer, as of one moment."""
    experiments = tuple(map(experiment_number, data.experiment_ids))
    active = run_search.RunSearch(experiments=experiments, filter_=data.filter)
    wanted = run_search.RunSearch(
        experiments=experiments, filter_=data.filter, order_by=tuple(data.order_by), view=data.lifecycle_stage
    )

    def answer(tx: ReadTx) -> RunTable:
        columns = service.columns(tx, active)
        no_tags: list[str] = []
        keys = (columns.shown.params, columns.shown.metrics, no_tags)
        found = service.rows(tx, wanted, Stretch(0, data.limit), keys=keys)
        return RunTable(columns=columns, rows=Page(items=found.rows, total=found.total, next_page_token=found.token))

    return await db.read(answer)


ROUTES: list[Any] = [search_runs, group_runs, list_run_columns, show_run_table]
