"""The ledger's index: which segments hold a deployment's predictions of some time, and how they come and go."""

from collections.abc import Sequence

import msgspec

from modelwright.core.auth import SYSTEM, Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import Conflict, Internal, NotFound
from modelwright.core.events import record
from modelwright.serving.events import LedgerExpired, LedgerSet
from modelwright.serving.model import Logging, Made, Segment
from modelwright.serving.shown import LedgerShown
from modelwright.serving.store import attributions as attribution_store
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import ledger as store

DAY_MS = 86_400_000
_HOUR_MS = 3_600_000


def segments(tx: ReadTx, deployment: str, *, since_ms: int, until_ms: int) -> list[Segment]:
    """Oldest first; those at the edges hold some rows outside. Raises NotFound for the deployment."""
    deployment_store.get(tx, deployment)
    return store.of(tx, deployment, since_ms=since_ms, until_ms=until_ms)


def segment(tx: ReadTx, name: str) -> Segment:
    """Raises NotFound."""
    found = store.find(tx, name)
    if found is None:
        raise NotFound(f"the ledger has no segment {name!r}; its retention may be over", segment=name)
    return found


def show(tx: ReadTx, deployment: str) -> LedgerShown:
    """Raises NotFound."""
    held = deployment_store.get(tx, deployment)
    found = store.totals(tx, deployment)
    return LedgerShown(deployment=deployment, logging=held.logging, **msgspec.structs.asdict(found))


def add(tx: WriteTx, new: Segment, size_bytes: int) -> bool:
    """Index a segment whose bytes are stored. Whether it is new; one whose retention is over is not taken."""
    store.passed(tx, new.node, new.name)
    held = deployment_store.find(tx, new.deployment)
    keep_days = None if held is None else held.logging.keep_days
    if keep_days is not None and new.last_ms < now_ms() - keep_days * DAY_MS:
        return False
    return store.add(tx, new, size_bytes)


def set_logging(tx: WriteTx, actor: Actor, deployment: str, logging: Logging) -> LedgerShown:
    """What the ledger keeps of a deployment from now on. Raises NotFound."""
    held = deployment_store.get(tx, deployment)
    if held.logging != logging:
        deployment_store.change(tx, msgspec.structs.replace(held, logging=logging))
        record(tx, actor, LedgerSet(deployment=deployment, before=held.logging, after=logging))
    return show(tx, deployment)


def due(tx: ReadTx, deployment: str, *, before_ms: int) -> list[list[Segment]]:
    """Arrow segments that can share a Parquet file: of one route, node and way of keeping, in the same hour."""
    groups: dict[tuple[object, ...], list[Segment]] = {}
    for one in store.unmerged(tx, deployment, before_ms=before_ms):
        same = (one.workspace, one.route, one.manifest, one.engine, one.share, one.hidden, one.node)
        groups.setdefault((*same, one.first_ms // _HOUR_MS), []).append(one)
    return list(groups.values())


def merge(tx: WriteTx, sources: Sequence[Segment], made: Sequence[Made]) -> None:
    """Let `made` take the place of `sources`.

    Raises Internal when rows are missing, and Conflict when another server has merged some of them already.
    """
    before, after = sum(one.rows for one in sources), sum(one.segment.rows for one in made)
    if before != after:
        raise Internal(f"{before} rows of the ledger became {after} in the making of Parquet; they stay as they were")
    marked = store.merged(tx, [one.name for one in sources], made[0].segment.name)
    if marked != len(sources):
        raise Conflict(f"{len(sources) - marked} of {len(sources)} segments were merged by somebody else meanwhile")
    for one in made:
        store.add(tx, one.segment, one.size_bytes)


def keeps_from(tx: ReadTx, deployment: str, *, at_ms: int) -> int | None:
    """Since when the deployment keeps its predictions; None: for ever. Raises NotFound."""
    keep_days = deployment_store.get(tx, deployment).logging.keep_days
    return None if keep_days is None else at_ms - keep_days * DAY_MS


def expire(tx: WriteTx, deployment: str, *, at_ms: int) -> int:
    """Forget segments all of whose rows are older than the deployment keeps; how many rows that were."""
    before_ms = keeps_from(tx, deployment, at_ms=at_ms)
    if before_ms is None:
        return 0
    attribution_store.expire(tx, deployment, before_ms=before_ms)
    count, rows = store.expired(tx, deployment, before_ms=before_ms)
    if count:
        store.expire(tx, deployment, before_ms=before_ms)
        fact = LedgerExpired(deployment=deployment, segments=count, rows=rows, before_ms=before_ms)
        record(tx, SYSTEM, fact)
    return rows
