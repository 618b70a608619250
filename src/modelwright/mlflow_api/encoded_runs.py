"""Runs as MLflow's clients read them, encoded once for each revision."""

import msgspec

from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.mlflow_api.encode import encode, number
from modelwright.mlflow_api.run_cache import RunCache
from modelwright.mlflow_api.wire import runs as wire
from modelwright.mlflow_api.wire.values import Metric, Param, Response, Tag
from modelwright.tracking.model.runs import DatasetInput, Run, RunInfo
from modelwright.tracking.service import whole_runs


class GetRunAnswer(Response, frozen=True, kw_only=True):
    """`GetRunResponse` with the run encoded already."""

    run: msgspec.Raw


class SearchRunsAnswer(Response, frozen=True, kw_only=True):
    """`SearchRunsResponse` with the runs encoded already."""

    runs: tuple[msgspec.Raw, ...] = ()
    next_page_token: str | None = None


async def one(db: Database, cache: RunCache, run_id: str) -> bytes:
    """Raises NotFound."""
    kept = await db.glance(lambda tx: cache.get(*whole_runs.revision(tx, run_id)))
    if kept is not None:
        return kept
    encoded = await db.read(lambda tx: many(tx, cache, [whole_runs.revision(tx, run_id)]))
    return encoded[0]


def many(tx: ReadTx, cache: RunCache, wanted: list[tuple[int, int]]) -> list[bytes]:
    """The runs with these (pk, revision), read in the same transaction, in their order."""
    found = [cache.get(pk, revision) for pk, revision in wanted]
    lacking = [pk for (pk, _), encoded in zip(wanted, found, strict=True) if encoded is None]
    fresh: dict[int, bytes] = {}
    if lacking:
        for pk, run in whole_runs.load(tx, lacking).items():
            encoded = fresh[pk] = encode(shown(run))
            cache.put(pk, run.info.revision, encoded)
    return [encoded or fresh[pk] for (pk, _), encoded in zip(wanted, found, strict=True)]


def shown(run: Run) -> wire.Run:
    inputs = wire.RunInputs(
        dataset_inputs=tuple(map(_dataset, run.datasets)),
        model_inputs=tuple(wire.ModelInput(model_id=use.model_id) for use in run.model_inputs),
    )
    outputs = tuple(wire.ModelOutput(model_id=use.model_id, step=use.step) for use in run.model_outputs)
    return wire.Run(
        info=info(run.info),
        data=wire.RunData(
            metrics=tuple(Metric(key=m.key, value=number(m.value), timestamp=m.ms, step=m.step) for m in run.metrics),
            params=tuple(Param(key=key, value=value) for key, value in run.params),
            tags=tuple(Tag(key=key, value=value) for key, value in run.tags),
        ),
        inputs=inputs,
        outputs=wire.RunOutputs(model_outputs=outputs),
    )


def info(run: RunInfo) -> wire.RunInfo:
    return wire.RunInfo(
        run_id=run.id,
        run_uuid=run.id,
        run_name=run.name,
        experiment_id=str(run.experiment_id),
        user_id=run.user_id,
        status=wire.RunStatus[run.status],
        start_time=run.start_ms,
        end_time=run.end_ms,
        artifact_uri=run.artifact_uri,
        lifecycle_stage=run.lifecycle,
    )


def _dataset(use: DatasetInput) -> wire.DatasetInput:
    return wire.DatasetInput(
        dataset=wire.Dataset(
            name=use.name,
            digest=use.digest,
            source_type=use.source_type,
            source=use.source,
            schema=use.schema,
            profile=use.profile,
        ),
        tags=tuple(Tag(key=key, value=value) for key, value in use.tags.items()),
    )
