"""`/api/v1/experiments`."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from modelwright.core.auth import Actor, Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.http.given import By, Db
from modelwright.core.http.pages import Limit, Page, PageToken
from modelwright.tracking.model.rules import experiment_number
from modelwright.tracking.model.shown import NOTE_TAG, ShownExperiment, Stage, shown_experiment
from modelwright.tracking.routes.deleting import Deletions, Force
from modelwright.tracking.service import experiments as service
from modelwright.tracking.service.holds import Deletion

Words = Annotated[str, QueryParameter(name="q", description="Part of a name, in any case.")]


Order = Annotated[
    Literal["created", "latest_run"],
    QueryParameter(description="Newest first, or those first where a run began last: so many, without going on."),
]


class NewExperiment(msgspec.Struct, frozen=True, kw_only=True):
    """`artifact_location` is an object store of the clients' own; without it the server keeps the artifacts."""

    name: str
    description: str = ""
    artifact_location: str | None = None
    tags: dict[str, str] = {}


class ExperimentChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is not given stays as it is."""

    name: str | None = None
    description: str | None = None
    lifecycle_stage: Literal["active", "deleted"] | None = None


class TagValue(msgspec.Struct, frozen=True):
    value: str


@get("/api/v1/experiments", opt={"needs": Permission.READ}, tags=["track"])
async def list_experiments(
    db: Db,
    words: Words = "",
    lifecycle_stage: FromQuery[Stage] = "active",
    limit: Limit = 100,
    page_token: PageToken = None,
    order: Order = "created",
) -> Page[ShownExperiment]:
    """Those whose name contains the words, with how many runs they have."""

    def read(tx: ReadTx) -> Page[ShownExperiment]:
        if order == "latest_run":
            found = service.lately_used(tx, words, lifecycle_stage, limit=limit)
        else:
            found = service.named_like(tx, words, lifecycle_stage, limit=limit, page_token=page_token)
        counts = service.with_counts(tx, [each.id for each in found.experiments])
        items = [shown_experiment(each, counts.get(each.id)) for each in found.experiments]
        return Page(items=items, total=found.total, next_page_token=found.next_page_token)

    return await db.read(read)


@post("/api/v1/experiments", opt={"needs": Permission.TRACK}, tags=["track"])
async def create_experiment(db: Db, actor: By, data: JSONBody[NewExperiment]) -> ShownExperiment:
    tags = {**data.tags, NOTE_TAG: data.description} if data.description else data.tags

    def write(tx: WriteTx) -> ShownExperiment:
        number = service.create(tx, actor, data.name, data.artifact_location, tags)
        return _shown(tx, number)

    return await db.write(write)


@get("/api/v1/experiments/{experiment_id:str}", opt={"needs": Permission.READ}, tags=["track"])
async def show_experiment(db: Db, experiment_id: FromPath[str]) -> ShownExperiment:
    number = experiment_number(experiment_id)
    return await db.read(lambda tx: _shown(tx, number))


@patch("/api/v1/experiments/{experiment_id:str}", opt={"needs": Permission.TRACK}, tags=["track"])
async def change_experiment(
    db: Db,
    actor: By,
    deletions: Deletions,
    experiment_id: FromPath[str],
    data: JSONBody[ExperimentChange],
    *,
    force: Force = False,
) -> ShownExperiment:
    """Deleting and restoring need the permission to delete besides."""
    number = experiment_number(experiment_id)
    deletion = deletions.for_actor(actor, data.lifecycle_stage, force=force)

    def write(tx: WriteTx) -> ShownExperiment:
        _change(tx, actor, number, data, deletion)
        return _shown(tx, number)

    return await db.write(write)


@put("/api/v1/experiments/{experiment_id:str}/tags/{key:str}", opt={"needs": Permission.TRACK}, tags=["track"])
async def set_experiment_tag(
    db: Db, actor: By, experiment_id: FromPath[str], key: FromPath[str], data: JSONBody[TagValue]
) -> None:
    number = experiment_number(experiment_id)
    await db.write(lambda tx: service.set_tag(tx, actor, number, key, data.value))


@delete("/api/v1/experiments/{experiment_id:str}/tags/{key:str}", opt={"needs": Permission.TRACK}, tags=["track"])
async def delete_experiment_tag(db: Db, actor: By, experiment_id: FromPath[str], key: FromPath[str]) -> None:
    number = experiment_number(experiment_id)
    await db.write(lambda tx: service.delete_tag(tx, actor, number, key))


def _shown(tx: ReadTx, number: int) -> ShownExperiment:
    return shown_experiment(service.get(tx, number), service.with_counts(tx, [number]).get(number))


def _change(tx: WriteTx, actor: Actor, number: int, data: ExperimentChange, deletion: Deletion) -> None:
    stage = service.get(tx, number).lifecycle
    if data.lifecycle_stage == "active" and stage != "active":
        service.restore(tx, actor, number)
    if data.name is not None:
        service.rename(tx, actor, number, data.name)
    if data.description is not None:
        service.set_tag(tx, actor, number, NOTE_TAG, data.description)
    if data.lifecycle_stage == "deleted" and stage != "deleted":
        service.delete(tx, actor, number, deletion)


ROUTES: list[Any] = [
    list_experiments,
    create_experiment,
    show_experiment,
    change_experiment,
    set_experiment_tag,
    delete_experiment_tag,
]
