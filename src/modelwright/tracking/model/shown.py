"""Experiments and runs as `/api/v1` shows them. NaN is null in JSON."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeVar, cast

import msgspec

from modelwright.tracking.model.experiments import Experiment
from modelwright.tracking.model.runs import USER_TAG, DatasetInput, Metric, Run, RunInfo

NOTE_TAG: Final = "mlflow.note.content"
"""The description of an experiment or a run is this tag."""
SOURCE_TAG: Final = "mlflow.source.name"
CONTEXT_TAG: Final = "mlflow.data.context"

Stage = Literal["active", "deleted"]
V = TypeVar("V")


class ShownExperiment(msgspec.Struct, frozen=True, kw_only=True):
    """`run_count` counts active runs; `last_run_ms` is when the latest of them began. Times in ms since 1970."""

    id: str
    name: str
    description: str
    artifact_location: str
    lifecycle_stage: Stage
    tags: dict[str, str]
    created_ms: int
    updated_ms: int
    run_count: int
    last_run_ms: int | None


class MetricSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`last` is the value at the greatest step. `count` counts a point that was sent twice twice, for a while."""

    key: str
    last: float | None
    last_step: int
    last_ms: int
    min: float | None
    max: float | None
    count: int


class RunDataset(msgspec.Struct, frozen=True, kw_only=True):
    """`context` is what the run used it for, such as training."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str
    profile: str
    context: str


class RunModel(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model that a run took in or gave out."""

    model_id: str
    step: int


class ShownRun(msgspec.Struct, frozen=True, kw_only=True):
    """`ended_ms` is null while it runs. `source` is the program that it was. Times in ms since 1970."""

    id: str
    experiment_id: str
    experiment_name: str
    name: str
    description: str
    status: str
    user: str
    source: str
    started_ms: int
    ended_ms: int | None
    lifecycle_stage: Stage
    artifact_uri: str
    params: dict[str, str]
    tags: dict[str, str]
    metrics: list[MetricSummary]
    datasets: list[RunDataset]
    model_inputs: list[RunModel]
    model_outputs: list[RunModel]


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a table: of params, metrics (the latest value) and tags only those that were asked for."""

    id: str
    experiment_id: str
    name: str
    status: str
    user: str
    source: str
    started_ms: int
    ended_ms: int | None
    lifecycle_stage: Stage
    params: dict[str, str]
    metrics: dict[str, float | None]
    tags: dict[str, str]


class CompareText(msgspec.Struct, frozen=True, kw_only=True):
    """The values of a param or a tag in each of the runs, null where it is missing."""

    key: str
    values: list[str | None]
    differs: bool


class CompareNumber(msgspec.Struct, frozen=True, kw_only=True):
    """The latest values of a metric in each of the runs, null where it is missing or NaN."""

    key: str
    values: list[float | None]
    differs: bool


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Runs side by side; each list of values is in the order of `runs`.

    `datasets` has a row for each name and what it was used for, with the digests. `model_outputs` are the ids of the
    logged models that each run gave out: whose files say which environment and signature they have.
    """

    runs: list[RunRow]
    params: list[CompareText]
    metrics: list[CompareNumber]
    tags: list[CompareText]
    datasets: list[CompareText]
    model_outputs: list[list[str]]


def shown_experiment(experiment: Experiment, counts: tuple[int, int] | None) -> ShownExperiment:
    """`counts` are (active runs, latest start), None without runs."""
    return ShownExperiment(
        id=str(experiment.id),
        name=experiment.name,
        description=experiment.tags.get(NOTE_TAG, ""),
        artifact_location=experiment.artifact_location,
        lifecycle_stage=_stage(experiment.lifecycle),
        tags=experiment.tags,
        created_ms=experiment.created_ms,
        updated_ms=experiment.updated_ms,
        run_count=counts[0] if counts else 0,
        last_run_ms=counts[1] if counts else None,
    )


def shown_run(run: Run, experiment_name: str) -> ShownRun:
    info, tags = run.info, dict(run.tags)
    return ShownRun(
        id=info.id,
        experiment_id=str(info.experiment_id),
        experiment_name=experiment_name,
        name=info.name,
        description=tags.get(NOTE_TAG, ""),
        status=info.status,
        user=tags.get(USER_TAG, info.user_id),
        source=tags.get(SOURCE_TAG, ""),
        started_ms=info.start_ms,
        ended_ms=info.end_ms,
        lifecycle_stage=_stage(info.lifecycle),
        artifact_uri=info.artifact_uri,
        params=dict(run.params),
        tags=tags,
        metrics=[_summary(metric) for metric in run.metrics],
        datasets=[_dataset(use) for use in run.datasets],
        model_inputs=[RunModel(model_id=use.model_id, step=use.step) for use in run.model_inputs],
        model_outputs=[RunModel(model_id=use.model_id, step=use.step) for use in run.model_outputs],
    )


def row(
    info: RunInfo, params: dict[str, str], metrics: dict[str, float | None], tags: dict[str, str], wanted: Iterable[str]
) -> RunRow:
    """`tags` has the tags of user and source too, whether they are `wanted` or not."""
    return RunRow(
        id=info.id,
        experiment_id=str(info.experiment_id),
        name=info.name,
        status=info.status,
        user=tags.get(USER_TAG, info.user_id),
        source=tags.get(SOURCE_TAG, ""),
        started_ms=info.start_ms,
        ended_ms=info.end_ms,
        lifecycle_stage=_stage(info.lifecycle),
        params=params,
        metrics=metrics,
        tags={key: tags[key] for key in wanted if key in tags},
    )


def compare(runs: Sequence[Run]) -> Comparison:
    """Every key that any of the runs has, those whose values differ first; then by name."""
    rows = [row(run.info, {}, {}, dict(run.tags), ()) for run in runs]
    metrics = [{metric.key: metric.value for metric in run.metrics} for run in runs]
    return Comparison(
        runs=rows,
        params=[CompareText(key=k, values=v, differs=d) for k, v, d in _aligned([dict(run.params) for run in runs])],
        metrics=[CompareNumber(key=k, values=v, differs=d) for k, v, d in _aligned(metrics)],
        tags=[CompareText(key=k, values=v, differs=d) for k, v, d in _aligned([dict(run.tags) for run in runs])],
        datasets=[CompareText(key=k, values=v, differs=d) for k, v, d in _aligned([_digests(run) for run in runs])],
        model_outputs=[list(dict.fromkeys(use.model_id for use in run.model_outputs)) for run in runs],
    )


def _digests(run: Run) -> dict[str, str]:
    """The digests of the datasets of a run, by name and what each was used for."""
    found: dict[str, list[str]] = {}
    for use in run.datasets:
        context = use.tags.get(CONTEXT_TAG, "")
        found.setdefault(f"{use.name} ({context})" if context else use.name, []).append(use.digest)
    return {key: ", ".join(sorted(digests)) for key, digests in found.items()}


def _aligned(columns: list[dict[str, V]]) -> list[tuple[str, list[V | None], bool]]:
    keys = sorted({key for column in columns for key in column})
    lines = []
    for key in keys:
        values = [column.get(key) for column in columns]
        # Compared as text, so that two NaN are the same.
        lines.append((key, values, len({repr(value) for value in values}) > 1))
    return sorted(lines, key=lambda line: not line[2])


def _summary(metric: Metric) -> MetricSummary:
    return MetricSummary(
        key=metric.key,
        last=metric.value,
        last_step=metric.step,
        last_ms=metric.ms,
        min=metric.least,
        max=metric.greatest,
        count=metric.points,
    )


def _dataset(use: DatasetInput) -> RunDataset:
    return RunDataset(
        name=use.name,
        digest=use.digest,
        source_type=use.source_type,
        source=use.source,
        schema=use.schema or "",
        profile=use.profile or "",
        context=use.tags.get(CONTEXT_TAG, ""),
    )


def _stage(lifecycle: str) -> Stage:
    return cast("Stage", lifecycle)
