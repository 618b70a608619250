"""Nodes: what they shall serve, what they say, what they bring."""

from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import NotFound
from modelwright.core.events import record
from modelwright.serving.events import NodeJoined
from modelwright.serving.model import DesiredState, NodeReport
from modelwright.serving.service import rollouts
from modelwright.serving.service.deployments import FRESH_MS
from modelwright.serving.shown import NodeShown, Timeline
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import nodes as store
from modelwright.serving.store import parities


def revision(tx: ReadTx) -> int:
    return deployment_store.current_revision(tx)


def desired(tx: ReadTx) -> DesiredState:
    """All that nodes shall serve, with the revision it belongs to."""
    return DesiredState(revision=deployment_store.current_revision(tx), deployments=deployment_store.desired(tx))


def report(tx: WriteTx, actor: Actor, said: NodeReport) -> None:
    """Take a node's report; counts that came before are not counted again."""
    before = store.find(tx, said.node)
    if before is None or before.report.started_ms != said.started_ms:
        record(tx, actor, NodeJoined(node=said.node, address=said.address, software=said.software))
    store.put(tx, said, seen_ms=now_ms())
    _keep_parities(tx, said, before)
    new = [counts for counts in said.windows if store.add_window(tx, said.node, counts)]
    assigned = [counts for counts in new if not counts.pinned]
    if assigned:
        rollouts.observe(tx, said.node, assigned)
    rollouts.refused_to_load(tx, said.node, said.routes)


def _keep_parities(tx: WriteTx, said: NodeReport, before: store.Reported | None) -> None:
    """Keep what the node has not said in its last report too: it outlives the route, and the node."""
    known = set() if before is None else {(one.manifest, one.parity) for one in before.report.routes}
    for one in said.routes:
        if one.parity is not None and (one.manifest, one.parity) not in known:
            parities.keep(tx, one.manifest, said.node, now_ms(), one.parity)


def is_served(tx: ReadTx, digest: str) -> bool:
    """Whether some deployment needs this blob: nodes get those and no others."""
    return any(
        file.digest == digest
        for deployment in deployment_store.desired(tx)
        for route in deployment.routes
        for file in route.files
    )


def every(tx: ReadTx) -> list[NodeShown]:
    """By name."""
    now = now_ms()
    newest = deployment_store.current_revision(tx)
    return [
        NodeShown(
            name=one.report.node,
            address=one.report.address,
            own_address=one.report.own_address,
            software=one.report.software,
            started_ms=one.report.started_ms,
            seen_ms=one.seen_ms,
            fresh=one.seen_ms >= now - FRESH_MS,
            revision=one.report.revision,
            behind=max(0, newest - one.report.revision),
            memory_bytes=one.report.memory_bytes,
            cpu_share=one.report.cpu_share,
            routes=one.report.routes,
            ledger=one.report.ledger,
        )
        for one in store.every(tx)
    ]


def show(tx: ReadTx, name: str) -> NodeShown:
    """Raises NotFound with the names there are."""
    found = every(tx)
    for node in found:
        if node.name == name:
            return node
    raise NotFound(f"no node {name!r}; there are {[node.name for node in found] or 'none yet'}", node=name)


def timeline(tx: ReadTx, deployment: str, *, since_ms: int) -> Timeline:
    """What each route of a deployment did in each window. Raises NotFound."""
    held = deployment_store.get(tx, deployment)
    return Timeline(store.windows_of(tx, held.name, since_ms=since_ms))
