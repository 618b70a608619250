"""The ledger's index: which segments hold a deployment's predictions of some time."""

from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import NotFound
from modelwright.serving.model import Segment
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import nodes as store


def segments(tx: ReadTx, deployment: str, *, since_ms: int, until_ms: int) -> list[Segment]:
    """Oldest first; those at the edges hold some rows outside. Raises NotFound for the deployment."""
    deployment_store.get(tx, deployment)
    return store.segments_of(tx, deployment, since_ms=since_ms, until_ms=until_ms)


def segment(tx: ReadTx, name: str) -> Segment:
    """Raises NotFound."""
    found = store.find_segment(tx, name)
    if found is None:
        raise NotFound(f"the ledger has no segment {name!r}; its retention may be over", segment=name)
    return found
