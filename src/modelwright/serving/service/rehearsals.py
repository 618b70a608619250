"""What a replay of stored rows needs to know: which node has the version, and which segments hold the rows."""

import msgspec

from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import Conflict, NotFound, Unavailable
from modelwright.core.limits import INT64_MAX
from modelwright.serving.model import Route, RouteStatus, Segment, VersionRef
from modelwright.serving.service.deployments import FRESH_MS
from modelwright.serving.service.signatures import route_of
from modelwright.serving.service.versions import Versions
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import ledger as ledger_store
from modelwright.serving.store import nodes as node_store


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A node that has a version loaded, and what lets the server ask it off the record."""

    address: str
    key: str
    deployment: str
    number: int


def seats(tx: ReadTx, deployment: str, route: str) -> list[Seat]:
    """The nodes that can answer with a route now, by address."""
    oldest = now_ms() - FRESH_MS
    found = [
        Seat(address=one.report.seat, key=one.report.key, deployment=deployment, number=report.version.number)
        for one in node_store.every(tx)
        if one.seen_ms >= oldest and one.report.seat and one.report.key
        for report in one.report.routes
        if (report.deployment, report.route, report.status) == (deployment, route, RouteStatus.READY)
    ]
    return sorted(found, key=lambda seat: seat.address)


def seat(tx: ReadTx, deployment: str, route: str) -> Seat:
    """Raises Unavailable when no node has the route loaded."""
    found = seats(tx, deployment, route)
    if not found:
        raise Unavailable(f"no node has route {route!r} of {deployment!r} loaded now; ask again", deployment=deployment)
    return found[0]


def seat_of(tx: ReadTx, manifest: str, version: VersionRef) -> Seat:
    """Where those very bytes are loaded, in whatever deployment. Raises Unavailable when no node has them."""
    oldest = now_ms() - FRESH_MS
    for one in node_store.every(tx):
        for report in one.report.routes if one.seen_ms >= oldest and one.report.seat and one.report.key else ():
            if (report.manifest, report.status) == (manifest, RouteStatus.READY):
                return Seat(
                    address=one.report.seat,
                    key=one.report.key,
                    deployment=report.deployment,
                    number=report.version.number,
                )
    raise Unavailable(
        f"no node has {version} loaded now; give it a route without traffic (modelwright route set), then ask again",
        manifest=manifest,
    )


def segments(tx: ReadTx, deployment: str, route: str) -> list[Segment]:
    """Those with rows that the route answered, oldest first."""
    return [one for one in ledger_store.of(tx, deployment, since_ms=0, until_ms=INT64_MAX) if one.route == route]


def refuse_nothing_stored(tx: ReadTx, deployment: str, control: Route) -> None:
    """Raises Conflict when the ledger has no rows of the control."""
    if not segments(tx, deployment, control.id):
        raise Conflict(
            f"the ledger has no rows that {control.version} answered in {deployment!r}, so there is nothing to replay; "
            "leave the replay out, or come back when there is traffic (rows arrive within seconds)",
            deployment=deployment,
        )


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked again what who answered: the rows of `control`, and a version that a node has loaded."""

    control: Route
    candidate: Route
    seat: Seat
    segments: list[Segment]


def cast(tx: ReadTx, versions: Versions, deployment: str, version: str) -> Cast:
    """A replay of what the deployment's main version answered. Raises NotFound for a version without a route there."""
    control = route_of(tx, deployment)
    ref = versions.find(tx, version).ref
    held = deployment_store.get(tx, deployment)
    routes = deployment_store.routes_of(tx, held.pk)
    candidate = next((route for route in routes if route.version == ref), None)
    if candidate is None:
        raise NotFound(
            f"{deployment!r} has no route to {ref}, so no node has it loaded; give it one without traffic: "
            f"modelwright route set {deployment} {control.version}=100% {ref}=0%",
            deployment=deployment,
        )
    refuse_nothing_stored(tx, deployment, control)
    return Cast(
        control=control,
        candidate=candidate,
        seat=seat(tx, deployment, candidate.id),
        segments=segments(tx, deployment, control.id),
    )
