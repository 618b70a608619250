"""Find the datasets that the runs of some experiments took in."""

from typing import Final, NamedTuple

from sqlalchemy import BigInteger, and_, bindparam, literal_column, select

from modelwright.core.db.clauses import ByCodePoint
from modelwright.core.db.sql import Sql, in_list
from modelwright.core.db.tx import ReadTx
from modelwright.tracking.store.search.run_conditions import CONTEXT_TAG
from modelwright.tracking.store.tables import datasets, run_dataset_tags, run_datasets

_is_context = and_(
    run_dataset_tags.c.run_pk == run_datasets.c.run_pk,
    run_dataset_tags.c.dataset_pk == run_datasets.c.dataset_pk,
    run_dataset_tags.c.key == literal_column(f"'{CONTEXT_TAG}'"),
)
_SUMMARIES: Final = Sql(
    select(
        datasets.c.experiment_id,
        ByCodePoint(datasets.c.name).label("name"),
        ByCodePoint(datasets.c.digest).label("digest"),
        run_dataset_tags.c.value.label("context"),
    )
    .distinct()
    .select_from(
        datasets.join(run_datasets, run_datasets.c.dataset_pk == datasets.c.pk).outerjoin(run_dataset_tags, _is_context)
    )
    .where(in_list(datasets.c.experiment_id, "experiments"))
    .order_by(literal_column("1"), literal_column("2"), literal_column("3"), literal_column("4"))
    .limit(bindparam("rows", type_=BigInteger()))
)


class DatasetSummary(NamedTuple):
    """A dataset as runs of the experiment used it; `context` is None where a run did not say what for."""

    experiment_id: int
    name: str
    digest: str
    context: str | None


def summaries(tx: ReadTx, experiments: list[int], *, limit: int) -> list[DatasetSummary]:
    """By experiment, name, digest and context, each combination once."""
    return [DatasetSummary(*row) for row in tx.all(_SUMMARIES, experiments=experiments, rows=limit)]
