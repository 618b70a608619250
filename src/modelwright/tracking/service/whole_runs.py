"""Runs with all that is on them."""

from modelwright.core.db.tx import ReadTx
from modelwright.tracking.model.runs import Run
from modelwright.tracking.service.runs import missing
from modelwright.tracking.store import runs as run_store
from modelwright.tracking.store import whole_runs as store


def get(tx: ReadTx, run_id: str) -> Run:
    """Raises NotFound."""
    pk, _ = revision(tx, run_id)
    return store.load(tx, [pk])[pk]


def get_many(tx: ReadTx, run_ids: list[str]) -> list[Run]:
    """In the order of `run_ids`. Raises NotFound for the first that is missing."""
    numbers = run_store.pks(tx, run_ids)
    for run_id in run_ids:
        if run_id not in numbers:
            raise missing(run_id)
    found = store.load(tx, list(numbers.values()))
    return [found[numbers[run_id]] for run_id in run_ids]


def revision(tx: ReadTx, run_id: str) -> tuple[int, int]:
    """(pk, revision): what an encoded copy of the run is kept by. Raises NotFound."""
    found = run_store.revision(tx, run_id)
    if found is None:
        raise missing(run_id)
    return found


def load(tx: ReadTx, pks: list[int]) -> dict[int, Run]:
    """Those of the runs that there are, by number."""
    return store.load(tx, pks)
