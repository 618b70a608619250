"""Logged models (MLflow 3): a model as an object of its own, with params, tags and metrics."""

from modelwright.mlflow_api.wire.artifacts import FileInfo
from modelwright.mlflow_api.wire.values import (
    Given,
    Int32,
    Metric,
    NewParam,
    NewTag,
    Param,
    Request,
    Response,
    Tag,
    WireEnum,
)


class LoggedModelStatus(WireEnum):
    LOGGED_MODEL_STATUS_UNSPECIFIED = "LOGGED_MODEL_STATUS_UNSPECIFIED", 0
    LOGGED_MODEL_PENDING = "LOGGED_MODEL_PENDING", 1
    LOGGED_MODEL_READY = "LOGGED_MODEL_READY", 2
    LOGGED_MODEL_UPLOAD_FAILED = "LOGGED_MODEL_UPLOAD_FAILED", 3


class LoggedModelRegistrationInfo(Response, frozen=True, kw_only=True):
    name: str
    version: str


class LoggedModelInfo(Response, frozen=True, kw_only=True):
    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: LoggedModelStatus
    creator_id: int | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    status_message: str | None = None
    tags: tuple[Tag, ...] = ()
    registrations: tuple[LoggedModelRegistrationInfo, ...] = ()


class LoggedModelData(Response, frozen=True, kw_only=True):
    params: tuple[Param, ...] = ()
    metrics: tuple[Metric, ...] = ()


class LoggedModel(Response, frozen=True, kw_only=True):
    info: LoggedModelInfo
    data: LoggedModelData


class CreateLoggedModel(Request, frozen=True, kw_only=True):
    experiment_id: Given
    name: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    params: tuple[NewParam, ...] = ()
    tags: tuple[NewTag, ...] = ()


class CreateLoggedModelResponse(Response, frozen=True, kw_only=True):
    model: LoggedModel


class FinalizeLoggedModel(Request, frozen=True, kw_only=True):
    model_id: Given
    status: LoggedModelStatus


class FinalizeLoggedModelResponse(Response, frozen=True, kw_only=True):
    model: LoggedModel


class GetLoggedModel(Request, frozen=True, kw_only=True):
    """`allow_deleted` is not in MLflow's schema; its server reads it from the query string."""

    model_id: Given
    allow_deleted: bool = False


class GetLoggedModelResponse(Response, frozen=True, kw_only=True):
    model: LoggedModel


class DeleteLoggedModel(Request, frozen=True, kw_only=True):
    model_id: Given


class SearchedDataset(Request, frozen=True, kw_only=True):
    """`SearchLoggedModels.Dataset` of MLflow's schema."""

    dataset_name: Given
    dataset_digest: str | None = None


class OrderBy(Request, frozen=True, kw_only=True):
    """`SearchLoggedModels.OrderBy` of MLflow's schema."""

    field_name: Given
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class SearchLoggedModels(Request, frozen=True, kw_only=True):
    experiment_ids: tuple[str, ...]
    filter: str | None = None
    datasets: tuple[SearchedDataset, ...] = ()
    max_results: Int32 = 50
    order_by: tuple[OrderBy, ...] = ()
    page_token: str | None = None


class SearchLoggedModelsResponse(Response, frozen=True, kw_only=True):
    models: tuple[LoggedModel, ...] = ()
    next_page_token: str | None = None


class SetLoggedModelTags(Request, frozen=True, kw_only=True):
    model_id: Given
    tags: tuple[NewTag, ...] = ()


class SetLoggedModelTagsResponse(Response, frozen=True, kw_only=True):
    model: LoggedModel | None = None


class DeleteLoggedModelTag(Request, frozen=True, kw_only=True):
    model_id: Given
    tag_key: Given


class LogLoggedModelParamsRequest(Request, frozen=True, kw_only=True):
    model_id: Given
    params: tuple[NewParam, ...] = ()


class ListLoggedModelArtifacts(Request, frozen=True, kw_only=True):
    model_id: Given
    artifact_directory_path: str | None = None
    page_token: str | None = None


class ListLoggedModelArtifactsResponse(Response, frozen=True, kw_only=True):
    root_uri: str
    files: tuple[FileInfo, ...] = ()
    next_page_token: str | None = None


class GetLoggedModelArtifact(Request, frozen=True, kw_only=True):
    """A query string only, and no message of MLflow's schema."""

    model_id: Given
    artifact_file_path: Given
