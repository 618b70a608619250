"""Deploying and rolling out from Python."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from modelwright.core.errors import BadInput, Unavailable
from modelwright.core.pages import Page
from modelwright.sdk.http import Api
from modelwright.sdk.words import several
from modelwright.serving.model import NAMES, Engine, Logging, RouteStatus, Sticky
from modelwright.serving.rollouts.plan import DEFAULT_GUARDS, Kind
from modelwright.serving.shown import (
    DeployAsked,
    Deployment,
    Deployments,
    Nodes,
    NodeShown,
    Order,
    ReplayAsked,
    ReplayShown,
    RolloutAsked,
    RolloutShown,
    RouteAsked,
    RoutesAsked,
    RouteSettings,
    ScaleAsked,
)

# Others may be slow to load, or old.
_OTHERS_S = 5.0
_LOOK_EVERY_S = 0.2


def _of(name: str) -> str:
    return f"/api/v1/deployments/{quote(name, safe='')}"


def deploy(
    version: str,
    *,
    name: str | None = None,
    replace: bool = False,
    engine: Engine = Engine.AUTO,
    logging: Logging | None = None,
    sticky: Sticky | None = None,
    wait_s: float = 60.0,
    api: Api | None = None,
) -> Deployment:
    """Have a version (`fraud@champion`, `fraud:17`) answer under `name`, by default the model's own.

    With `replace` all traffic of an existing deployment moves; what its ledger keeps, and its sticky key, stay unless
    they are given. Returns once a node answers, or after `wait_s` (0: at once) with what there is. Raises BadInput for
    what cannot be a name, and Unavailable when a node cannot load the version, with its reason.
    """
    api = api or Api()
    called = name or version.removeprefix("models:/").partition("@")[0].partition(":")[0].partition("/")[0]
    if not re.fullmatch(NAMES, called):
        raise BadInput(
            f"{called!r} cannot be a deployment's name, which is part of its address: up to 128 letters, digits, '_', "
            "'.' and '-', of which the first is a letter or a digit; give one with `name` (in the terminal --name)",
            name=called,
        )
    asked = DeployAsked(
        name=called,
        version=version,
        replace=replace,
        settings=RouteSettings(engine=engine),
        logging=logging,
        sticky=sticky,
    )
    made = api.post("/api/v1/deployments", Deployment, asked)
    return made if wait_s <= 0 else wait_until_ready(asked.name, wait_s=wait_s, api=api)


def wait_until_ready(name: str, *, wait_s: float, api: Api) -> Deployment:
    """The deployment once every route with traffic is ready on some node, or as it is after `wait_s`.

    Other nodes that load still are waited for too, for some seconds: those that share a port with the first one answer
    its callers. Raises Unavailable with the reason when a node failed to load a route, and none has it.
    """
    until = time.monotonic() + wait_s
    while True:
        found = api.get(_of(name), Deployment)
        waiting = loading = False
        for route in found.routes:
            states = [one.report for one in route.reports if one.fresh]
            failed = [one for one in states if one.status is RouteStatus.FAILED]
            ready = any(one.status is RouteStatus.READY for one in states)
            if failed and not ready and route.share > 0:
                raise Unavailable(f"{route.version} cannot be served: {failed[0].reason}", deployment=name)
            waiting = waiting or (route.share > 0 and not ready)
            loading = loading or (route.share > 0 and any(one.status is RouteStatus.LOADING for one in states))
        if not waiting:
            until = min(until, time.monotonic() + _OTHERS_S)
        if not (waiting or loading) or time.monotonic() >= until:
            return found
        time.sleep(_LOOK_EVERY_S)


def deployments(*, api: Api | None = None) -> list[Deployment]:
    return (api or Api()).get("/api/v1/deployments", Deployments).deployments


def deployment(name: str, *, api: Api | None = None) -> Deployment:
    """Its routes, and what each node says of them. Raises NotFound."""
    return (api or Api()).get(_of(name), Deployment)


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event about a deployment, as the audit log has it."""

    at_ms: int
    actor: str
    name: str
    facts: dict[str, Any]


class _Events(msgspec.Struct, frozen=True):
    items: list[Happened]


def history(name: str, *, limit: int = 50, api: Api | None = None) -> list[Happened]:
    """What happened to a deployment, newest first."""
    found = (api or Api()).get("/api/v1/events", _Events, subject=f"deployments/{name}", limit=limit)
    return found.items


def set_routes(
    name: str, routes: list[RouteAsked], *, sticky: Sticky | None = None, api: Api | None = None
) -> Deployment:
    """Divide the traffic of a deployment anew; live shares add up to 1."""
    return (api or Api()).put(f"{_of(name)}/routes", Deployment, RoutesAsked(routes=tuple(routes), sticky=sticky))


def scale(
    name: str, replicas: int, *, version: str | None = None, wait_s: float = 0.0, api: Api | None = None
) -> Deployment:
    """Have each node compute with so many copies of a version, or of all of a deployment's, at the same time."""
    api = api or Api()
    made = api.post(f"{_of(name)}/scale", Deployment, ScaleAsked(replicas=replicas, version=version))
    return made if wait_s <= 0 else wait_until_ready(name, wait_s=wait_s, api=api)


def stop(name: str, *, api: Api | None = None) -> Deployment:
    return (api or Api()).post(f"{_of(name)}/stop", Deployment)


def resume(name: str, *, api: Api | None = None) -> Deployment:
    return (api or Api()).post(f"{_of(name)}/resume", Deployment)


def start_rollout(
    name: str,
    version: str,
    *,
    kind: Kind = Kind.CANARY,
    steps: str | None = None,
    guards: str | Sequence[str] = DEFAULT_GUARDS,
    shadow: str | None = None,
    replay: int = 0,
    dwell: str = "1m",
    deadline: str = "2h",
    api: Api | None = None,
) -> RolloutShown:
    """Begin to move traffic to a version under guards, and return at once; `rollout(id)` tells how it goes.

    `kind` is canary, ab, blue_green or shadow; `steps` such as "5%,25%,100%"; a guard such as "error_rate not worse" or
    "p99 < 30ms"; `shadow`, `dwell` and `deadline` such as "90s", "10m" or "2h"; `replay` a number of stored rows.
    Raises BadInput for what is not so, NotFound for the deployment or the version, Conflict during another rollout.
    """
    asked = RolloutAsked(
        version=version,
        kind=kind,
        steps=steps,
        guards=several(guards),
        shadow=shadow,
        replay=replay,
        dwell=dwell,
        deadline=deadline,
    )
    return (api or Api()).post(f"{_of(name)}/rollouts", RolloutShown, asked)


def replay(name: str, version: str, *, rows: int = 1000, api: Api | None = None) -> ReplayShown:
    """Have a version that has a route in the deployment answer stored rows again, off the record, and compare.

    Raises NotFound when it has no route there, Conflict when nothing is stored, Unavailable when no node has it loaded.
    """
    asked = ReplayAsked(version=version, rows=rows)
    return (api or Api()).post(f"{_of(name)}/replays", ReplayShown, asked)


def rollout(id_: int, *, api: Api | None = None) -> RolloutShown:
    """One rollout: where it stands (`phase`), why (`state.reason`), and its events. Raises NotFound."""
    return (api or Api()).get(f"/api/v1/rollouts/{id_}", RolloutShown)


def rollouts(name: str, *, limit: int = 20, api: Api | None = None) -> list[RolloutShown]:
    """Newest first, without their events."""
    return (api or Api()).get(f"{_of(name)}/rollouts", Page[RolloutShown], limit=limit).items


def order(id_: int, what: str, *, reason: str = "", api: Api | None = None) -> RolloutShown:
    """Promote, rollback, abort or resume (`what`) a rollout. Raises Conflict when it is over."""
    return (api or Api()).post(f"/api/v1/rollouts/{id_}/{what}", RolloutShown, Order(reason=reason))


def follow(id_: int, *, api: Api) -> Iterator[RolloutShown]:
    """The rollout again and again while it changes, until it is over or held."""
    seen = -1
    while True:
        found = rollout(id_, api=api)
        if found.updated_ms != seen:
            seen = found.updated_ms
            yield found
        if found.state.finished or found.phase.value == "held":
            return
        time.sleep(1.0)


def nodes(*, api: Api | None = None) -> list[NodeShown]:
    return (api or Api()).get("/api/v1/nodes", Nodes).nodes
