"""Runs: their state, metrics, params, tags, inputs and outputs.

Old clients name a run by `run_uuid`; the decoder copies it to `run_id` when only it is given, so a
handler reads `run_id` alone.
"""

from modelwright.mlflow_api.wire.values import (
    Given,
    Int32,
    Int64,
    Metric,
    NewMetric,
    NewParam,
    NewTag,
    Number,
    Param,
    Request,
    Response,
    Tag,
    ViewType,
    WireEnum,
)


class RunStatus(WireEnum):
    RUNNING = "RUNNING", 1
    SCHEDULED = "SCHEDULED", 2
    FINISHED = "FINISHED", 3
    FAILED = "FAILED", 4
    KILLED = "KILLED", 5


class RunInfo(Response, frozen=True, kw_only=True):
    """`run_uuid` repeats `run_id` for old clients. Times in ms since 1970."""

    run_id: str
    run_uuid: str
    run_name: str
    experiment_id: str
    user_id: str
    status: RunStatus
    start_time: int
    artifact_uri: str
    lifecycle_stage: str
    end_time: int | None = None


class RunData(Response, frozen=True, kw_only=True):
    metrics: tuple[Metric, ...] = ()
    params: tuple[Param, ...] = ()
    tags: tuple[Tag, ...] = ()


class Dataset(Response, frozen=True, kw_only=True):
    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None = None
    profile: str | None = None


class DatasetInput(Response, frozen=True, kw_only=True):
    dataset: Dataset
    tags: tuple[Tag, ...] = ()


class ModelInput(Response, frozen=True, kw_only=True):
    model_id: str


class ModelOutput(Response, frozen=True, kw_only=True):
    model_id: str
    step: int


class RunInputs(Response, frozen=True, kw_only=True):
    dataset_inputs: tuple[DatasetInput, ...] = ()
    model_inputs: tuple[ModelInput, ...] = ()


class RunOutputs(Response, frozen=True, kw_only=True):
    model_outputs: tuple[ModelOutput, ...] = ()


class Run(Response, frozen=True, kw_only=True):
    info: RunInfo
    data: RunData
    inputs: RunInputs | None = None
    outputs: RunOutputs | None = None


class CreateRun(Request, frozen=True, kw_only=True):
    experiment_id: str | None = None
    user_id: str | None = None
    run_name: str | None = None
    start_time: Int64 | None = None
    tags: tuple[NewTag, ...] = ()


class CreateRunResponse(Response, frozen=True, kw_only=True):
    run: Run


class UpdateRun(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None
    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str | None = None


class UpdateRunResponse(Response, frozen=True, kw_only=True):
    run_info: RunInfo


class DeleteRun(Request, frozen=True, kw_only=True):
    run_id: Given


class RestoreRun(Request, frozen=True, kw_only=True):
    run_id: Given


class GetRun(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None


class GetRunResponse(Response, frozen=True, kw_only=True):
    run: Run


class SearchRuns(Request, frozen=True, kw_only=True):
    experiment_ids: tuple[str, ...] = ()
    filter: str | None = None
    run_view_type: ViewType = ViewType.ACTIVE_ONLY
    max_results: Int32 = 1000
    order_by: tuple[str, ...] = ()
    page_token: str | None = None


class SearchRunsResponse(Response, frozen=True, kw_only=True):
    runs: tuple[Run, ...] = ()
    next_page_token: str | None = None


class LogMetric(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None
    key: Given
    value: float
    timestamp: Int64
    step: Int64 = 0
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


class LogParam(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None
    key: Given
    value: str = ""


class SetTag(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None
    key: Given
    value: str = ""


class DeleteTag(Request, frozen=True, kw_only=True):
    run_id: Given
    key: Given


class LogBatch(Request, frozen=True, kw_only=True):
    run_id: Given
    metrics: tuple[NewMetric, ...] = ()
    params: tuple[NewParam, ...] = ()
    tags: tuple[NewTag, ...] = ()


class LogModel(Request, frozen=True, kw_only=True):
    """Of 2.x clients; `model_json` is the text of the MLmodel file as JSON."""

    run_id: Given
    model_json: Given


class NewDataset(Request, frozen=True, kw_only=True):
    name: Given
    digest: Given
    source_type: Given
    source: str
    schema: str | None = None
    profile: str | None = None


class NewInputTag(Request, frozen=True, kw_only=True):
    key: Given
    value: str


class NewDatasetInput(Request, frozen=True, kw_only=True):
    dataset: NewDataset
    tags: tuple[NewInputTag, ...] = ()


class NewModelInput(Request, frozen=True, kw_only=True):
    model_id: Given


class NewModelOutput(Request, frozen=True, kw_only=True):
    model_id: Given
    step: Int64 = 0


class LogInputs(Request, frozen=True, kw_only=True):
    run_id: Given
    datasets: tuple[NewDatasetInput, ...] = ()
    models: tuple[NewModelInput, ...] = ()


class LogOutputs(Request, frozen=True, kw_only=True):
    run_id: Given
    models: tuple[NewModelOutput, ...]


class GetMetricHistory(Request, frozen=True, kw_only=True):
    run_id: Given
    run_uuid: str | None = None
    metric_key: Given
    page_token: str | None = None
    max_results: Int32 | None = None


class GetMetricHistoryResponse(Response, frozen=True, kw_only=True):
    metrics: tuple[Metric, ...] = ()
    next_page_token: str | None = None


class MetricWithRunId(Response, frozen=True, kw_only=True):
    key: str
    value: Number
    timestamp: int
    step: int
    run_id: str


class GetMetricHistoryBulk(Request, frozen=True, kw_only=True):
    """A query string only, and no message of MLflow's schema: `run_id` is repeated, once per run."""

    run_id: tuple[str, ...]
    metric_key: Given
    max_results: Int64 = 25_000


class GetMetricHistoryBulkResponse(Response, frozen=True, kw_only=True):
    """Not a message of MLflow's schema: `metrics` is there even when empty."""

    metrics: tuple[MetricWithRunId, ...]


class GetMetricHistoryBulkInterval(Request, frozen=True, kw_only=True):
    run_ids: tuple[str, ...]
    metric_key: Given
    start_step: Int32 | None = None
    end_step: Int32 | None = None
    max_results: Int32 | None = None


class GetMetricHistoryBulkIntervalResponse(Response, frozen=True, kw_only=True):
    metrics: tuple[MetricWithRunId, ...] = ()
