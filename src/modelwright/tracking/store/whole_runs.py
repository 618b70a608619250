"""Runs with all that is on them: six statements for one run, and the same six for a thousand."""

from typing import Any, Final

from sqlalchemy import and_, select

from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import DatasetInput, Metric, ModelUse, Run
from modelwright.tracking.store import runs as run_store
from modelwright.tracking.store.tables import datasets, params, run_dataset_tags, run_datasets, run_models, series, tags

_PARAMS = Sql(
    select(params.c.run_pk, params.c.key, params.c.value)
    .where(in_list(params.c.run_pk, "pks"))
    .order_by(params.c.run_pk, params.c.key)
)
_TAGS = Sql(
    select(tags.c.run_pk, tags.c.key, tags.c.value)
    .where(in_list(tags.c.run_pk, "pks"))
    .order_by(tags.c.run_pk, tags.c.key)
)
_METRICS = Sql(
    select(
        series.c.run_pk,
        series.c.key,
        series.c.last_value,
        series.c.last_is_nan,
        series.c.last_ms,
        series.c.last_step,
        series.c.min_value,
        series.c.max_value,
        series.c.points,
    )
    .where(in_list(series.c.run_pk, "pks"))
    .order_by(series.c.run_pk, series.c.key)
)
_DATASETS = Sql(
    select(
        run_datasets.c.run_pk,
        datasets.c.pk,
        datasets.c.name,
        datasets.c.digest,
        datasets.c.source_type,
        datasets.c.source,
        datasets.c.schema,
        datasets.c.profile,
        run_dataset_tags.c.key,
        run_dataset_tags.c.value,
    )
    .select_from(
        run_datasets.join(datasets, datasets.c.pk == run_datasets.c.dataset_pk).outerjoin(
            run_dataset_tags,
            and_(
                run_dataset_tags.c.run_pk == run_datasets.c.run_pk,
                run_dataset_tags.c.dataset_pk == run_datasets.c.dataset_pk,
            ),
        )
    )
    .where(in_list(run_datasets.c.run_pk, "pks"))
    .order_by(run_datasets.c.run_pk, datasets.c.pk, run_dataset_tags.c.key)
)
_MODELS = Sql(
    select(run_models.c.run_pk, run_models.c.direction, run_models.c.model_id, run_models.c.step)
    .where(in_list(run_models.c.run_pk, "pks"))
    .order_by(run_models.c.run_pk, run_models.c.direction, run_models.c.step, run_models.c.model_id)
)

_NAN: Final = float("nan")


def load(tx: ReadTx, pks: list[int]) -> dict[int, Run]:
    """The runs with these numbers, whole, by number."""
    found = {
        pk: Run(info=info, params=[], tags=[], metrics=[], datasets=[], model_inputs=[], model_outputs=[])
        for pk, info in run_store.get_many(tx, pks).items()
    }
    for run_pk, key, value in tx.all(_PARAMS, pks=pks):
        found[run_pk].params.append((key, value))
    for run_pk, key, value in tx.all(_TAGS, pks=pks):
        found[run_pk].tags.append((key, value))
    for row in tx.all(_METRICS, pks=pks):
        found[row[0]].metrics.append(_metric(row))
    for run_pk, uses in _uses(tx.all(_DATASETS, pks=pks)).items():
        found[run_pk].datasets.extend(uses)
    for run_pk, direction, model_id, step in tx.all(_MODELS, pks=pks):
        run = found[run_pk]
        (run.model_inputs if direction == "input" else run.model_outputs).append(ModelUse(model_id=model_id, step=step))
    return found


def _metric(row: tuple[Any, ...]) -> Metric:
    _, key, value, is_nan, ms, step, least, greatest, points = row
    return Metric(
        key=key, value=_NAN if is_nan else value, ms=ms, step=step, least=least, greatest=greatest, points=points
    )


def _uses(rows: list[tuple[Any, ...]]) -> dict[int, list[DatasetInput]]:
    """Rows come once for each tag of a use, in the order of runs and datasets."""
    by_run: dict[int, dict[int, DatasetInput]] = {}
    for run_pk, pk, name, digest, source_type, source, schema, profile, key, value in rows:
        of_run = by_run.setdefault(run_pk, {})
        use = of_run.get(pk)
        if use is None:
            use = of_run[pk] = DatasetInput(
                name=name,
                digest=digest,
                source_type=source_type,
                source=source,
                schema=schema,
                profile=profile,
                tags={},
            )
        if key is not None:
            use.tags[key] = value
    return {run_pk: list(uses.values()) for run_pk, uses in by_run.items()}
