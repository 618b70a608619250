"""Logged models, in MLflow's words."""

from modelwright.core.auth import Permission
from modelwright.core.errors import BadInput
from modelwright.mlflow_api.encode import number
from modelwright.mlflow_api.experiments import deletion
from modelwright.mlflow_api.routing import Call, Endpoint, endpoint
from modelwright.mlflow_api.wire import logged_models as wire
from modelwright.mlflow_api.wire.logged_models import LoggedModelStatus
from modelwright.mlflow_api.wire.values import Empty, Metric, Param, Tag
from modelwright.tracking.model.batches import unique_params
from modelwright.tracking.model.logged_models import FAILED, PENDING, READY, LoggedModel, ModelMetric, NewLoggedModel
from modelwright.tracking.model.rules import experiment_number
from modelwright.tracking.service import logged_models as service
from modelwright.tracking.service import searches

_SHOWN = {
    PENDING: LoggedModelStatus.LOGGED_MODEL_PENDING,
    READY: LoggedModelStatus.LOGGED_MODEL_READY,
    FAILED: LoggedModelStatus.LOGGED_MODEL_UPLOAD_FAILED,
}
_MEANT = {shown: status for status, shown in _SHOWN.items()}


def shown(model: LoggedModel) -> wire.LoggedModel:
    return wire.LoggedModel(
        info=wire.LoggedModelInfo(
            model_id=model.id,
            experiment_id=str(model.experiment_id),
            name=model.name,
            creation_timestamp_ms=model.created_ms,
            last_updated_timestamp_ms=model.updated_ms,
            artifact_uri=model.artifact_location,
            status=_SHOWN[model.status],
            model_type=model.model_type or None,
            source_run_id=model.source_run_id or None,
            status_message=model.status_message,
            tags=tuple(Tag(key=key, value=value) for key, value in model.tags.items()),
        ),
        data=wire.LoggedModelData(
            params=tuple(Param(key=key, value=value) for key, value in model.params.items()),
            metrics=tuple(_metric(model.id, metric) for metric in model.metrics),
        ),
    )


async def create(call: Call, request: wire.CreateLoggedModel) -> wire.CreateLoggedModelResponse:
    new = NewLoggedModel(
        experiment_id=experiment_number(request.experiment_id),
        name=request.name or "",
        source_run_id=request.source_run_id or "",
        model_type=request.model_type or "",
        params=unique_params(request.params),
        tags={tag.key: tag.value for tag in request.tags},
    )
    model = await call.house.db.write(lambda tx: service.create(tx, call.actor, new))
    return wire.CreateLoggedModelResponse(model=shown(model))


async def finalize(call: Call, request: wire.FinalizeLoggedModel) -> wire.FinalizeLoggedModelResponse:
    status = _MEANT.get(request.status)
    if status is None:
        raise BadInput(f"Invalid model status: {request.status}; it is one of {', '.join(_MEANT)}", parameter="status")
    model = await call.house.db.write(lambda tx: service.set_status(tx, call.actor, request.model_id, status))
    return wire.FinalizeLoggedModelResponse(model=shown(model))


async def get(call: Call, request: wire.GetLoggedModel) -> wire.GetLoggedModelResponse:
    model = await call.house.db.read(lambda tx: service.get(tx, request.model_id, deleted_too=request.allow_deleted))
    return wire.GetLoggedModelResponse(model=shown(model))


async def search(call: Call, request: wire.SearchLoggedModels) -> wire.SearchLoggedModelsResponse:
    wanted = searches.ModelSearch(
        experiments=tuple(map(experiment_number, request.experiment_ids)),
        filter_=request.filter or "",
        datasets=tuple((each.dataset_name, each.dataset_digest or None) for each in request.datasets),
        order_by=tuple(
            searches.ModelOrder(
                field=each.field_name,
                ascending=each.ascending,
                dataset_name=each.dataset_name,
                dataset_digest=each.dataset_digest,
            )
            for each in request.order_by
        ),
    )
    found, token = await call.house.db.read(
        lambda tx: searches.search_logged_models(tx, wanted, limit=request.max_results, token=request.page_token)
    )
    return wire.SearchLoggedModelsResponse(models=tuple(map(shown, found)), next_page_token=token)


async def delete(call: Call, request: wire.DeleteLoggedModel) -> Empty:
    asked = deletion(call)
    await call.house.db.write(lambda tx: service.delete(tx, call.actor, request.model_id, asked))
    return Empty()


async def set_tags(call: Call, request: wire.SetLoggedModelTags) -> Empty:
    tags = {tag.key: tag.value for tag in request.tags}
    await call.house.db.write(lambda tx: service.set_tags(tx, call.actor, request.model_id, tags))
    return Empty()


async def delete_tag(call: Call, request: wire.DeleteLoggedModelTag) -> Empty:
    await call.house.db.write(lambda tx: service.delete_tag(tx, call.actor, request.model_id, request.tag_key))
    return Empty()


async def log_params(call: Call, request: wire.LogLoggedModelParamsRequest) -> Empty:
    params = unique_params(request.params)
    await call.house.db.write(lambda tx: service.log_params(tx, call.actor, request.model_id, params))
    return Empty()


def _metric(model_id: str, metric: ModelMetric) -> Metric:
    return Metric(
        key=metric.key,
        value=number(metric.value),
        timestamp=metric.ms,
        step=metric.step,
        dataset_name=metric.dataset_name or None,
        dataset_digest=metric.dataset_digest or None,
        model_id=model_id,
        run_id=metric.run_id,
    )


ENDPOINTS: tuple[Endpoint, ...] = (
    endpoint("POST", "logged-models", wire.CreateLoggedModel, create, needs=Permission.TRACK),
    endpoint("POST", "logged-models/search", wire.SearchLoggedModels, search, needs=Permission.READ),
    endpoint("PATCH", "logged-models/{model_id:str}", wire.FinalizeLoggedModel, finalize, needs=Permission.TRACK),
    endpoint("GET", "logged-models/{model_id:str}", wire.GetLoggedModel, get, needs=Permission.READ),
    endpoint("DELETE", "logged-models/{model_id:str}", wire.DeleteLoggedModel, delete, needs=Permission.DELETE),
    endpoint("PATCH", "logged-models/{model_id:str}/tags", wire.SetLoggedModelTags, set_tags, needs=Permission.TRACK),
    endpoint(
        "DELETE",
        "logged-models/{model_id:str}/tags/{tag_key:str}",
        wire.DeleteLoggedModelTag,
        delete_tag,
        needs=Permission.TRACK,
    ),
    endpoint(
        "POST",
        "logged-models/{model_id:str}/params",
        wire.LogLoggedModelParamsRequest,
        log_params,
        needs=Permission.TRACK,
    ),
)
