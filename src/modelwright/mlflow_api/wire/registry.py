"""Registered models, their versions, aliases, stages and tags. Times in ms since 1970."""

from modelwright.mlflow_api.wire.values import (
    Given,
    Int64,
    NewTag,
    Number,
    Request,
    Response,
    Tag,
    WireEnum,
)


class ModelVersionStatus(WireEnum):
    PENDING_REGISTRATION = "PENDING_REGISTRATION", 1
    FAILED_REGISTRATION = "FAILED_REGISTRATION", 2
    READY = "READY", 3


class RegisteredModelAlias(Response, frozen=True, kw_only=True):
    alias: str
    version: str


class ModelParam(Response, frozen=True, kw_only=True):
    name: str
    value: str


class ModelMetric(Response, frozen=True, kw_only=True):
    key: str
    value: Number
    timestamp: int
    step: int
    dataset_name: str | None = None
    dataset_digest: str | None = None
    model_id: str | None = None
    run_id: str | None = None


class ModelVersion(Response, frozen=True, kw_only=True):
    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: str
    status: ModelVersionStatus
    user_id: str | None = None
    description: str | None = None
    source: str | None = None
    run_id: str | None = None
    status_message: str | None = None
    tags: tuple[Tag, ...] = ()
    run_link: str | None = None
    aliases: tuple[str, ...] = ()
    model_id: str | None = None
    model_params: tuple[ModelParam, ...] = ()
    model_metrics: tuple[ModelMetric, ...] = ()


class RegisteredModel(Response, frozen=True, kw_only=True):
    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    user_id: str | None = None
    description: str | None = None
    latest_versions: tuple[ModelVersion, ...] = ()
    tags: tuple[Tag, ...] = ()
    aliases: tuple[RegisteredModelAlias, ...] = ()


class CreateRegisteredModel(Request, frozen=True, kw_only=True):
    name: Given
    tags: tuple[NewTag, ...] = ()
    description: str | None = None
    deployment_job_id: str | None = None


class CreateRegisteredModelResponse(Response, frozen=True, kw_only=True):
    registered_model: RegisteredModel


class RenameRegisteredModel(Request, frozen=True, kw_only=True):
    name: Given
    new_name: Given


class RenameRegisteredModelResponse(Response, frozen=True, kw_only=True):
    registered_model: RegisteredModel


class UpdateRegisteredModel(Request, frozen=True, kw_only=True):
    name: Given
    description: str | None = None
    deployment_job_id: str | None = None


class UpdateRegisteredModelResponse(Response, frozen=True, kw_only=True):
    registered_model: RegisteredModel


class DeleteRegisteredModel(Request, frozen=True, kw_only=True):
    name: Given


class GetRegisteredModel(Request, frozen=True, kw_only=True):
    name: Given


class GetRegisteredModelResponse(Response, frozen=True, kw_only=True):
    registered_model: RegisteredModel


class SearchRegisteredModels(Request, frozen=True, kw_only=True):
    filter: str | None = None
    max_results: Int64 = 100
    order_by: tuple[str, ...] = ()
    page_token: str | None = None


class SearchRegisteredModelsResponse(Response, frozen=True, kw_only=True):
    registered_models: tuple[RegisteredModel, ...] = ()
    next_page_token: str | None = None


class GetLatestVersions(Request, frozen=True, kw_only=True):
    name: Given
    stages: tuple[str, ...] = ()


class GetLatestVersionsResponse(Response, frozen=True, kw_only=True):
    model_versions: tuple[ModelVersion, ...] = ()


class SetRegisteredModelTag(Request, frozen=True, kw_only=True):
    name: Given
    key: Given
    value: str = ""


class DeleteRegisteredModelTag(Request, frozen=True, kw_only=True):
    name: Given
    key: Given


class SetRegisteredModelAlias(Request, frozen=True, kw_only=True):
    name: Given
    alias: Given
    version: Given


class DeleteRegisteredModelAlias(Request, frozen=True, kw_only=True):
    name: Given
    alias: Given


class GetModelVersionByAlias(Request, frozen=True, kw_only=True):
    name: Given
    alias: Given


class GetModelVersionByAliasResponse(Response, frozen=True, kw_only=True):
    model_version: ModelVersion


class CreateModelVersion(Request, frozen=True, kw_only=True):
    name: Given
    source: Given
    run_id: str | None = None
    tags: tuple[NewTag, ...] = ()
    run_link: str | None = None
    description: str | None = None
    model_id: str | None = None


class CreateModelVersionResponse(Response, frozen=True, kw_only=True):
    model_version: ModelVersion


class UpdateModelVersion(Request, frozen=True, kw_only=True):
    name: Given
    version: Given
    description: str | None = None


class UpdateModelVersionResponse(Response, frozen=True, kw_only=True):
    model_version: ModelVersion


class TransitionModelVersionStage(Request, frozen=True, kw_only=True):
    name: Given
    version: Given
    stage: Given
    archive_existing_versions: bool = False


class TransitionModelVersionStageResponse(Response, frozen=True, kw_only=True):
    model_version: ModelVersion


class DeleteModelVersion(Request, frozen=True, kw_only=True):
    name: Given
    version: Given


class GetModelVersion(Request, frozen=True, kw_only=True):
    name: Given
    version: Given


class GetModelVersionResponse(Response, frozen=True, kw_only=True):
    model_version: ModelVersion


class SearchModelVersions(Request, frozen=True, kw_only=True):
    filter: str | None = None
    max_results: Int64 = 200_000
    order_by: tuple[str, ...] = ()
    page_token: str | None = None


class SearchModelVersionsResponse(Response, frozen=True, kw_only=True):
    model_versions: tuple[ModelVersion, ...] = ()
    next_page_token: str | None = None


class GetModelVersionDownloadUri(Request, frozen=True, kw_only=True):
    name: Given
    version: Given


class GetModelVersionDownloadUriResponse(Response, frozen=True, kw_only=True):
    artifact_uri: str


class SetModelVersionTag(Request, frozen=True, kw_only=True):
    name: Given
    version: Given
    key: Given
    value: str = ""


class DeleteModelVersionTag(Request, frozen=True, kw_only=True):
    name: Given
    version: Given
    key: Given
