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


def revision(tx: ReadTx, run_id: str) -> tuple[int, int]:
    """(pk, revision): what an encoded copy of the run is kept by. Raises NotFound."""
    found = run_store.revision(tx, run_id)
    if found is None:
        raise missing(run_id)
    return found


def load(tx: ReadTx, pks: list[int]) -> dict[int, Run]:
    """Those of the runs that there are, by number."""
    return store.load(tx, pks)
