"""Experiments, and the datasets seen in them."""

from modelwright.mlflow_api.wire.values import Given, Int64, NewTag, Request, Response, Tag, ViewType


class Experiment(Response, frozen=True, kw_only=True):
    """Times in ms since 1970."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    last_update_time: int
    creation_time: int
    tags: tuple[Tag, ...] = ()


class CreateExperiment(Request, frozen=True, kw_only=True):
    name: Given
    artifact_location: str | None = None
    tags: tuple[NewTag, ...] = ()


class CreateExperimentResponse(Response, frozen=True, kw_only=True):
    experiment_id: str


class SearchExperiments(Request, frozen=True, kw_only=True):
    max_results: Int64 | None = None
    page_token: str | None = None
    filter: str | None = None
    order_by: tuple[str, ...] = ()
    view_type: ViewType = ViewType.ACTIVE_ONLY


class SearchExperimentsResponse(Response, frozen=True, kw_only=True):
    experiments: tuple[Experiment, ...] = ()
    next_page_token: str | None = None


class GetExperiment(Request, frozen=True, kw_only=True):
    experiment_id: Given


class GetExperimentResponse(Response, frozen=True, kw_only=True):
    experiment: Experiment


class GetExperimentByName(Request, frozen=True, kw_only=True):
    experiment_name: Given


class GetExperimentByNameResponse(Response, frozen=True, kw_only=True):
    experiment: Experiment


class DeleteExperiment(Request, frozen=True, kw_only=True):
    experiment_id: Given


class RestoreExperiment(Request, frozen=True, kw_only=True):
    experiment_id: Given


class UpdateExperiment(Request, frozen=True, kw_only=True):
    experiment_id: Given
    new_name: Given


class SetExperimentTag(Request, frozen=True, kw_only=True):
    experiment_id: Given
    key: Given
    value: str = ""


class DeleteExperimentTag(Request, frozen=True, kw_only=True):
    experiment_id: Given
    key: Given


class SearchDatasets(Request, frozen=True, kw_only=True):
    experiment_ids: tuple[str, ...] = ()


class DatasetSummary(Response, frozen=True, kw_only=True):
    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class SearchDatasetsResponse(Response, frozen=True, kw_only=True):
    dataset_summaries: tuple[DatasetSummary, ...] = ()
