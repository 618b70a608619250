"""SQL of the datasets that runs used, and of the logged models that they took in or gave out."""

from typing import Literal

from sqlalchemy import bindparam, select

from modelwright.core.db.sql import Sql
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.ids import hex32
from modelwright.tracking.model.runs import DatasetInput, ModelUse
from modelwright.tracking.store.tables import datasets, run_dataset_tags, run_datasets, run_models

Direction = Literal["input", "output"]

_INSERT = Sql(
    lambda insert: (
        insert(datasets)
        .values(
            {
                name: bindparam(name)
                for name in (
                    "id",
                    "experiment_id",
                    "name",
                    "digest",
                    "source_type",
                    "source",
                    "schema",
                    "profile",
                )
            }
        )
        .on_conflict_do_nothing(index_elements=["experiment_id", "name", "digest"])
    )
)
_FIND = Sql(
    select(datasets.c.pk).where(
        datasets.c.experiment_id == bindparam("experiment_id"),
        datasets.c.name == bindparam("name"),
        datasets.c.digest == bindparam("digest"),
    )
)
_USE = Sql(
    lambda insert: (
        insert(run_datasets)
        .values(run_pk=bindparam("run_pk"), dataset_pk=bindparam("dataset_pk"))
        .on_conflict_do_nothing(index_elements=["run_pk", "dataset_pk"])
    )
)
_TAG_USE = Sql(
    lambda insert: insert(run_dataset_tags).values(
        {name: bindparam(name) for name in ("run_pk", "dataset_pk", "key", "value")}
    )
)
_USE_MODEL = Sql(
    lambda insert: (
        insert(run_models)
        .values({name: bindparam(name) for name in ("run_pk", "direction", "model_id", "step")})
        .on_conflict_do_nothing(index_elements=["run_pk", "direction", "model_id", "step"])
    )
)


def add_use(tx: WriteTx, run_pk: int, experiment_id: int, use: DatasetInput) -> bool:
    """Note that a run used a dataset; False when that was noted before, and then its tags stay as they are."""
    pk = _find(tx, experiment_id, use)
    if pk is None:
        tx.run(
            _INSERT,
            id=f"d-{hex32()}",
            experiment_id=experiment_id,
            name=use.name,
            digest=use.digest,
            source_type=use.source_type,
            source=use.source,
            schema=use.schema,
            profile=use.profile,
        )
        pk = _find(tx, experiment_id, use)
    if tx.run(_USE, run_pk=run_pk, dataset_pk=pk) == 0:
        return False
    tags = [{"run_pk": run_pk, "dataset_pk": pk, "key": key, "value": value} for key, value in use.tags.items()]
    if tags:
        tx.run_many(_TAG_USE, tags)
    return True


def add_model_use(tx: WriteTx, run_pk: int, direction: Direction, use: ModelUse) -> bool:
    """False when it was noted before."""
    return tx.run(_USE_MODEL, run_pk=run_pk, direction=direction, model_id=use.model_id, step=use.step) > 0


def _find(tx: ReadTx, experiment_id: int, use: DatasetInput) -> int | None:
    pk: int | None = tx.value(_FIND, experiment_id=experiment_id, name=use.name, digest=use.digest)
    return pk
