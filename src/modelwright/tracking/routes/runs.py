"""`/api/v1/runs`: one run, and runs side by side."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from modelwright.core import limits
from modelwright.core.auth import Actor, Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.http.given import By, Db
from modelwright.tracking.model import rules
from modelwright.tracking.model.batches import batch
from modelwright.tracking.model.runs import NewRun, RunChange
from modelwright.tracking.model.shown import NOTE_TAG, Comparison, ShownRun, compare, shown_run
from modelwright.tracking.routes.deleting import Deletions, Force
from modelwright.tracking.routes.experiments import TagValue
from modelwright.tracking.service import experiments, whole_runs
from modelwright.tracking.service import runs as service
from modelwright.tracking.service.holds import Deletion

Status = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
RunIds = Annotated[list[str], msgspec.Meta(min_length=1, max_length=50)]
"""As many runs as a person compares."""
Int64 = Annotated[int, msgspec.Meta(ge=limits.INT64_MIN, le=limits.INT64_MAX)]


class RunStart(msgspec.Struct, frozen=True, kw_only=True):
    """Without a name, one is made up."""

    experiment_id: str = "0"
    name: str = ""
    started_ms: Int64
    tags: dict[str, str] = {}


class RunEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What is not given stays as it is."""

    name: str | None = None
    description: str | None = None
    status: Status | None = None
    ended_ms: Int64 | None = None
    lifecycle_stage: Literal["active", "deleted"] | None = None


class LoggedText(msgspec.Struct, frozen=True):
    key: str
    value: str


class LoggedPoint(msgspec.Struct, frozen=True):
    """`timestamp` in ms since 1970."""

    key: str
    value: float
    timestamp: Int64
    step: Int64 = 0


class RunLog(msgspec.Struct, frozen=True, kw_only=True):
    """All of it is stored, or nothing."""

    params: list[LoggedText] = []
    tags: list[LoggedText] = []
    metrics: list[LoggedPoint] = []


class CompareAsk(msgspec.Struct, frozen=True):
    run_ids: RunIds


@post("/api/v1/runs", opt={"needs": Permission.TRACK}, tags=["track"])
async def create_run(db: Db, actor: By, data: JSONBody[RunStart]) -> ShownRun:
    new = service.checked(
        NewRun(
            experiment_id=rules.experiment_number(data.experiment_id),
            name=data.name,
            user_id=actor.name,
            start_ms=data.started_ms,
            tags=data.tags,
        )
    )
    return await db.write(lambda tx: _shown(tx, service.create(tx, actor, new).id))


@get("/api/v1/runs/{run_id:str}", opt={"needs": Permission.READ}, tags=["track"])
async def show_run(db: Db, run_id: FromPath[str]) -> ShownRun:
    return await db.read(lambda tx: _shown(tx, run_id))


@patch("/api/v1/runs/{run_id:str}", opt={"needs": Permission.TRACK}, tags=["track"])
async def change_run(
    db: Db,
    actor: By,
    deletions: Deletions,
    run_id: FromPath[str],
    data: JSONBody[RunEdit],
    *,
    force: Force = False,
) -> ShownRun:
    """Deleting and restoring need the permission to delete besides."""
    deletion = deletions.for_actor(actor, data.lifecycle_stage, force=force)

    def write(tx: WriteTx) -> ShownRun:
        _change(tx, actor, run_id, data, deletion)
        return _shown(tx, run_id)

    return await db.write(write)


@post("/api/v1/runs/{run_id:str}/log", opt={"needs": Permission.TRACK}, tags=["track"], status_code=204)
async def log_to_run(db: Db, actor: By, run_id: FromPath[str], data: JSONBody[RunLog]) -> None:
    """Params, tags and points of a run; repeating a request changes nothing."""
    logged = batch(data.params, data.tags, data.metrics)
    await db.write(lambda tx: service.log_batch(tx, actor, run_id, logged))


@put("/api/v1/runs/{run_id:str}/tags/{key:str}", opt={"needs": Permission.TRACK}, tags=["track"])
async def set_run_tag(db: Db, actor: By, run_id: FromPath[str], key: FromPath[str], data: JSONBody[TagValue]) -> None:
    rules.check_run_tag(key, data.value)
    await db.write(lambda tx: service.set_tags(tx, actor, run_id, {key: data.value}))


@delete("/api/v1/runs/{run_id:str}/tags/{key:str}", opt={"needs": Permission.TRACK}, tags=["track"])
async def delete_run_tag(db: Db, actor: By, run_id: FromPath[str], key: FromPath[str]) -> None:
    await db.write(lambda tx: service.delete_tag(tx, actor, run_id, key))


@post("/api/v1/runs/compare", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def compare_runs(db: Db, data: JSONBody[CompareAsk]) -> Comparison:
    ids = list(dict.fromkeys(data.run_ids))
    return await db.read(lambda tx: compare(whole_runs.get_many(tx, ids)))


def _shown(tx: ReadTx, run_id: str) -> ShownRun:
    run = whole_runs.get(tx, run_id)
    return shown_run(run, experiments.get(tx, run.info.experiment_id).name)


def _change(tx: WriteTx, actor: Actor, run_id: str, data: RunEdit, deletion: Deletion) -> None:
    if data.lifecycle_stage == "active":
        service.restore(tx, actor, run_id)
    change = RunChange(status=data.status, end_ms=data.ended_ms, name=data.name)
    if change != RunChange():
        service.change(tx, actor, run_id, change)
    if data.description is not None:
        rules.check_run_tag(NOTE_TAG, data.description)
        service.set_tags(tx, actor, run_id, {NOTE_TAG: data.description})
    if data.lifecycle_stage == "deleted":
        service.delete(tx, actor, run_id, deletion)


ROUTES: list[Any] = [
    create_run,
    show_run,
    change_run,
    log_to_run,
    set_run_tag,
    delete_run_tag,
    compare_runs,
]
