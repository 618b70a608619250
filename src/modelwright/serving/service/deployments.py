"""Deployments and their routes."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from modelwright.core.auth import Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import AlreadyExists, BadInput, Conflict, NotFound
from modelwright.core.events import record
from modelwright.serving.events import (
    DeploymentCreated,
    DeploymentResumed,
    DeploymentScaled,
    DeploymentStopped,
    LedgerSet,
    RoutesChanged,
)
from modelwright.serving.model import (
    DesiredDeployment,
    Logging,
    Mode,
    Route,
    Sticky,
)
from modelwright.serving.service.versions import Found, Versions
from modelwright.serving.shown import (
    DeployAsked,
    Deployment,
    RouteAsked,
    RouteOnNode,
    RoutesAsked,
    RouteSettings,
    RouteShown,
    ScaleAsked,
)
from modelwright.serving.store import deployments as store
from modelwright.serving.store import nodes as node_store
from modelwright.serving.store import rollouts as rollout_store
from modelwright.serving.store.deployments import Held

_ROUTE: Final = re.compile(r"(.+)-(\d{1,18})-[0-9a-f]{8}")
"""What `route_of` makes: the model's name, the version's number, the beginning of the digest."""

FRESH_MS = 15_000
"""A node not heard of for longer is shown as away."""


def deploy(tx: WriteTx, actor: Actor, versions: Versions, asked: DeployAsked) -> Deployment:
    """Make a deployment whose only route is the version; with `replace`, move all of an existing one's traffic to it.

    What an existing one's ledger keeps (and hides), and its sticky key, stay as they are unless they are asked for.
    Raises AlreadyExists for a taken name without `replace`, Conflict while a rollout is under way.
    """
    found = versions.find(tx, asked.version)
    held = store.find(tx, asked.name)
    route = route_of(found, share=1.0, mode=Mode.LIVE, settings=asked.settings)
    if held is None:
        sticky, logging = asked.sticky or Sticky(), asked.logging or Logging()
        held = store.add(tx, name=asked.name, workspace="default", sticky=sticky, logging=logging)
        store.put_routes(tx, held.pk, (route,))
        record(tx, actor, DeploymentCreated(deployment=held.name, version=str(found.ref), manifest=found.manifest))
        return show(tx, held.name)
    if not asked.replace:
        raise AlreadyExists(
            f"the deployment {asked.name!r} exists; start a rollout to {found.ref}, or deploy with replace to move "
            "all traffic at once",
            deployment=asked.name,
        )
    refuse_during_rollout(tx, held)
    sticky, logging = asked.sticky or held.sticky, asked.logging or held.logging
    store.change(tx, msgspec.structs.replace(held, stopped=False, sticky=sticky, logging=logging))
    if logging != held.logging:
        record(tx, actor, LedgerSet(deployment=held.name, before=held.logging, after=logging))
    move(tx, actor, held, (route,))
    return show(tx, held.name)


def set_routes(tx: WriteTx, actor: Actor, versions: Versions, name: str, asked: RoutesAsked) -> Deployment:
    """Divide a deployment's traffic anew. Raises Conflict while a rollout does that, and after a change unseen."""
    held = store.lock(tx, name)
    if asked.expected_revision is not None and asked.expected_revision != held.revision:
        raise Conflict(
            f"{name!r} has changed since you looked: it is at revision {held.revision}, you decided on "
            f"{asked.expected_revision}; look again, then ask again",
            deployment=name,
            revision=held.revision,
        )
    refuse_during_rollout(tx, held)
    before = {route.id: route for route in store.routes_of(tx, held.pk)}
    new = tuple(_asked_route(versions.find(tx, one.version), one, before) for one in asked.routes)
    if asked.sticky is not None:
        held = msgspec.structs.replace(held, sticky=asked.sticky)
        store.change(tx, held)
    move(tx, actor, held, new)
    return show(tx, name)


def _asked_route(found: Found, asked: RouteAsked, before: dict[str, Route]) -> Route:
    route = route_of(found, share=asked.share, mode=asked.mode)
    had = before.get(route.id)
    return route if had is None else msgspec.structs.replace(had, share=asked.share, mode=asked.mode)


def scale(tx: WriteTx, actor: Actor, name: str, asked: ScaleAsked) -> Deployment:
    """Have each node compute with so many copies; new ones are loaded before the old ones go.

    Raises NotFound for a version that the deployment does not have.
    """
    held = store.get(tx, name)
    before = store.routes_of(tx, held.pk)
    meant = {route.id for route in before if asked.version in {None, str(route.version)}}
    if not meant:
        have = ", ".join(str(route.version) for route in before)
        raise NotFound(f"{name!r} has no route to {asked.version}; it has {have}", deployment=name)
    after = tuple(
        msgspec.structs.replace(route, replicas=asked.replicas) if route.id in meant else route for route in before
    )
    if after != before:
        store.put_routes(tx, held.pk, after)
        counts = ({route.id: route.replicas for route in routes} for routes in (before, after))
        record(tx, actor, DeploymentScaled(deployment=name, before=next(counts), after=next(counts)))
    return show(tx, name)


def stop(tx: WriteTx, actor: Actor, name: str) -> Deployment:
    """Drain and unload a deployment on all nodes; its routes are kept. Harmless when it is stopped."""
    held = store.get(tx, name)
    refuse_during_rollout(tx, held)
    if not held.stopped:
        store.change(tx, msgspec.structs.replace(held, stopped=True))
        record(tx, actor, DeploymentStopped(deployment=name))
    return show(tx, name)


def resume(tx: WriteTx, actor: Actor, name: str) -> Deployment:
    """Serve a stopped deployment again, with the routes it had."""
    held = store.get(tx, name)
    if held.stopped:
        store.change(tx, msgspec.structs.replace(held, stopped=False))
        record(tx, actor, DeploymentResumed(deployment=name))
    return show(tx, name)


def move(tx: WriteTx, actor: Actor, held: Held, new: tuple[Route, ...], *, why: str = "") -> None:
    """Make these the routes. Raises BadInput with what is wrong with them."""
    candidate = DesiredDeployment(name=held.name, routes=new, sticky=held.sticky)
    problems = candidate.problems()
    if problems:
        raise BadInput("; ".join(problems), deployment=held.name)
    before = store.routes_of(tx, held.pk)
    store.put_routes(tx, held.pk, new)
    copies_to = tuple(route.id for route in new if route.mode is Mode.SHADOW)
    event = RoutesChanged(
        deployment=held.name, before=_shares(before), after=_shares(new), copies_to=copies_to, why=why
    )
    record(tx, actor, event)


def _shares(routes: tuple[Route, ...]) -> dict[str, float]:
    return {route.id: route.share if route.mode is Mode.LIVE else 0.0 for route in routes}


def route_of(found: Found, *, share: float, mode: Mode, settings: RouteSettings | None = None) -> Route:
    """A route to a version. Its id holds the digest's beginning: other bytes are another route."""
    run = settings or RouteSettings()
    digits = found.manifest.removeprefix("sha256:")[:8]
    return Route(
        id=f"{_named(found.ref.model)}-{found.ref.number}-{digits}",
        version=found.ref,
        manifest=found.manifest,
        files=found.files,
        share=share,
        mode=mode,
        **msgspec.structs.asdict(run),
    )


def number_in(route: str, model: str) -> int | None:
    """The number of the version of `model` that a route's id names; None when it names another model's."""
    match = _ROUTE.fullmatch(route)
    return int(match[2]) if match is not None and match[1] == _named(model) else None


def _named(model: str) -> str:
    """The part of a model's name that may stand in a route's id."""
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_.-") else "-" for sign in model)
    return kept[:80].lstrip("_.-") or "model"


def refuse_during_rollout(tx: ReadTx, held: Held) -> None:
    """Raises Conflict while a rollout moves the deployment's traffic."""
    kept = rollout_store.open_of(tx, held.pk)
    if kept is not None:
        raise Conflict(
            f"{held.name!r} is in rollout {kept.id} ({kept.state.plan.candidate_label}, {kept.state.phase.value}); "
            "promote, roll back or abort it first",
            rollout=kept.id,
        )


def show(tx: ReadTx, name: str) -> Deployment:
    """Raises NotFound."""
    return _shown(tx, store.get(tx, name), _told(tx))


def every(tx: ReadTx) -> list[Deployment]:
    told = _told(tx)
    return [_shown(tx, held, told) for held in store.every(tx)]


class _Told(NamedTuple):
    """What all nodes said last: of each route by its deployment and id, and where those are that are not away."""

    routes: Mapping[tuple[str, str], list[RouteOnNode]]
    endpoints: tuple[str, ...]


def _told(tx: ReadTx) -> _Told:
    oldest = now_ms() - FRESH_MS
    routes: dict[tuple[str, str], list[RouteOnNode]] = defaultdict(list)
    endpoints = set()
    for one in node_store.every(tx):
        fresh = one.seen_ms >= oldest
        if fresh and one.report.address:
            endpoints.add(one.report.address)
        for said in one.report.routes:
            on_node = RouteOnNode(node=one.report.node, fresh=fresh, report=said)
            routes[said.deployment, said.route].append(on_node)
    return _Told(routes, tuple(sorted(endpoints)))


def _shown(tx: ReadTx, held: Held, told: _Told) -> Deployment:
    routes = []
    for route in store.routes_of(tx, held.pk):
        shown = RouteShown(
            id=route.id,
            version=route.version,
            manifest=route.manifest,
            share=route.share,
            mode=route.mode,
            settings=store.settings_of(route),
            reports=tuple(told.routes.get((held.name, route.id), ())),
        )
        routes.append(shown)
    kept = rollout_store.open_of(tx, held.pk)
    return Deployment(
        name=held.name,
        workspace=held.workspace,
        stopped=held.stopped,
        sticky=held.sticky,
        logging=held.logging,
        created_ms=held.created_ms,
        updated_ms=held.updated_ms,
        revision=held.revision,
        routes=tuple(routes),
        endpoints=told.endpoints,
        rollout=None if kept is None else kept.id,
    )
