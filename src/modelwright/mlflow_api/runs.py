"""Runs, in MLflow's words: start, change, log to, read, delete."""

import msgspec

from modelwright.core import limits
from modelwright.core.auth import Permission
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput
from modelwright.mlflow_api import encoded_runs
from modelwright.mlflow_api.experiments import VIEWS, deletion
from modelwright.mlflow_api.lenient import missing
from modelwright.mlflow_api.routing import Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import runs as wire
from modelwright.mlflow_api.wire.values import Empty, Response
from modelwright.tracking.model import rules
from modelwright.tracking.model.batches import batch
from modelwright.tracking.model.logged_models import model_points
from modelwright.tracking.model.runs import NewRun, Run, RunChange
from modelwright.tracking.service import logged_models, run_search
from modelwright.tracking.service import runs as service

_EMPTY = Empty()


async def create(call: Call, request: wire.CreateRun) -> wire.CreateRunResponse:
    if not request.experiment_id:
        missing("experiment_id")
    new = service.checked(
        NewRun(
            experiment_id=rules.experiment_number(request.experiment_id),
            name=request.run_name or "",
            user_id=request.user_id or "",
            start_ms=request.start_time or 0,
            tags={tag.key: tag.value for tag in request.tags},
        )
    )
    info = await call.house.db.write(lambda tx: service.create(tx, call.actor, new))
    run = Run(
        info=info,
        params=[],
        tags=sorted(new.tags.items()),
        metrics=[],
        datasets=[],
        model_inputs=[],
        model_outputs=[],
    )
    return wire.CreateRunResponse(run=encoded_runs.shown(run))


async def update(call: Call, request: wire.UpdateRun) -> wire.UpdateRunResponse:
    change = RunChange(status=request.status, end_ms=request.end_time, name=request.run_name)
    info = await call.house.db.write(lambda tx: service.change(tx, call.actor, request.run_id, change))
    return wire.UpdateRunResponse(run_info=encoded_runs.info(info))


async def get(call: Call, request: wire.GetRun) -> Response:
    encoded = await encoded_runs.one(call.house.db, call.house.runs, request.run_id)
    return encoded_runs.GetRunAnswer(run=msgspec.Raw(encoded))


async def search(call: Call, request: wire.SearchRuns) -> Response:
    if not 0 < request.max_results <= limits.PAGE_RUNS:
        raise BadInput(
            f"Invalid value {request.max_results} for parameter 'max_results' supplied. It must be a positive integer "
            f"and at most {limits.PAGE_RUNS}",
            parameter="max_results",
        )
    wanted = run_search.RunSearch(
        experiments=tuple(map(rules.experiment_number, request.experiment_ids)),
        filter_=request.filter or "",
        order_by=request.order_by,
        view=VIEWS[request.run_view_type],
    )
    cache = call.house.runs

    def read(tx: ReadTx) -> tuple[list[bytes], str | None]:
        found = run_search.search_runs(tx, wanted, limit=request.max_results, token=request.page_token)
        return encoded_runs.many(tx, cache, found.runs), found.token

    encoded, token = await call.house.db.read(read)
    return encoded_runs.SearchRunsAnswer(runs=tuple(map(msgspec.Raw, encoded)), next_page_token=token)


async def delete(call: Call, request: wire.DeleteRun) -> Empty:
    asked = deletion(call)
    await call.house.db.write(lambda tx: service.delete(tx, call.actor, request.run_id, asked))
    return _EMPTY


async def restore(call: Call, request: wire.RestoreRun) -> Empty:
    await call.house.db.write(lambda tx: service.restore(tx, call.actor, request.run_id))
    return _EMPTY


async def log_param(call: Call, request: wire.LogParam) -> Empty:
    rules.check_param(request.key, request.value)
    await call.house.db.write(lambda tx: service.log_param(tx, call.actor, request.run_id, request.key, request.value))
    return _EMPTY


async def set_tag(call: Call, request: wire.SetTag) -> Empty:
    rules.check_run_tag(request.key, request.value)
    tags = {request.key: request.value}
    await call.house.db.write(lambda tx: service.set_tags(tx, call.actor, request.run_id, tags))
    return _EMPTY


async def delete_tag(call: Call, request: wire.DeleteTag) -> Empty:
    await call.house.db.write(lambda tx: service.delete_tag(tx, call.actor, request.run_id, request.key))
    return _EMPTY


async def log_batch(call: Call, request: wire.LogBatch) -> Empty:
    rules.check_run_id(request.run_id)
    logged = batch(request.params, request.tags, request.metrics)
    for_models = model_points(request.metrics)

    def write(tx: WriteTx) -> None:
        service.log_batch(tx, call.actor, request.run_id, logged)
        if for_models:
            logged_models.log_points(tx, request.run_id, for_models)

    await call.house.db.write(write)
    return _EMPTY


ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "runs/create", wire.CreateRun, create, needs=Permission.TRACK),
    endpoint("POST", "runs/update", wire.UpdateRun, update, needs=Permission.TRACK),
    endpoint("POST", "runs/delete", wire.DeleteRun, delete, needs=Permission.DELETE),
    endpoint("POST", "runs/restore", wire.RestoreRun, restore, needs=Permission.DELETE),
    endpoint("GET", "runs/get", wire.GetRun, get, needs=Permission.READ),
    endpoint("POST", "runs/search", wire.SearchRuns, search, needs=Permission.READ),
    endpoint("POST", "runs/log-parameter", wire.LogParam, log_param, needs=Permission.TRACK),
    endpoint("POST", "runs/set-tag", wire.SetTag, set_tag, needs=Permission.TRACK),
    endpoint("POST", "runs/delete-tag", wire.DeleteTag, delete_tag, needs=Permission.TRACK),
    endpoint("POST", "runs/log-batch", wire.LogBatch, log_batch, needs=Permission.TRACK),
)
