"""Rollouts: the pure machine, its events and the routes it moves, in one transaction."""

from collections.abc import Callable
from typing import Final

import msgspec

from modelwright.core.auth import SYSTEM, Actor
from modelwright.core.clock import now_ms
from modelwright.core.db.tx import ReadTx, WriteTx
from modelwright.core.errors import BadInput, Conflict
from modelwright.core.events import record
from modelwright.core.pages import Page, fingerprint, page_token, position
from modelwright.serving.events import RolloutMoved, RolloutStarted
from modelwright.serving.model import WINDOW_MS, Mode, Route, RouteReport, RouteStatus, WindowCounts
from modelwright.serving.rollouts import guards, machine, words
from modelwright.serving.rollouts.evidence import SAFE_NEEDED, Arm, Evidence, Proof, Scored, Stratum
from modelwright.serving.rollouts.guards import Measure
from modelwright.serving.rollouts.machine import AnyEvent, Measured, Phase, Rollout
from modelwright.serving.rollouts.plan import Kind, Plan, parse_span_ms, parse_steps
from modelwright.serving.rollouts.quantiles import trimmed
from modelwright.serving.rollouts.replay import Progress
from modelwright.serving.service import deployments, rehearsals
from modelwright.serving.service.versions import Versions
from modelwright.serving.shown import GuardShown, RolloutAsked, RolloutShown
from modelwright.serving.store import deployments as deployment_store
from modelwright.serving.store import nodes as node_store
from modelwright.serving.store import rollouts as store
from modelwright.serving.store.deployments import Held
from modelwright.serving.store.rollouts import Kept

_NEWS_MS = 5000
_LATEST: Final = 2**63 - 1
"""A change of shares has reached all nodes after this, or they are not heard of."""

_STEPS = {Kind.CANARY: "5%,25%,100%", Kind.AB: "50%", Kind.BLUE_GREEN: "100%", Kind.SHADOW: None}


def start(tx: WriteTx, actor: Actor, versions: Versions, name: str, asked: RolloutAsked) -> RolloutShown:
    """Begin a rollout against the deployment's one live version.

    Raises Conflict when another is under way, several versions are live, or the candidate is the live one.
    """
    held = deployment_store.get(tx, name)
    deployments.refuse_during_rollout(tx, held)
    live = [route for route in deployment_store.routes_of(tx, held.pk) if route.mode is Mode.LIVE and route.share > 0]
    if held.stopped or len(live) != 1:
        what = "stopped" if held.stopped else f"divided among {len(live)} live versions"
        raise Conflict(f"{name!r} is {what}; a rollout starts from one live version that answers", deployment=name)
    control = live[0]
    found = versions.find(tx, asked.version)
    candidate = deployments.route_of(found, share=0.0, mode=Mode.LIVE, settings=deployment_store.settings_of(control))
    if candidate.id == control.id:
        raise Conflict(f"{found.ref} is what {name!r} serves already; roll out another version", deployment=name)
    plan = _plan(asked, control, candidate)
    if plan.replay_rows:
        rehearsals.refuse_nothing_stored(tx, name, control)
    at_ms = now_ms()
    events = machine.begin(plan, at_ms=at_ms, by=actor.name)
    state = machine.replay(events)
    id_ = store.add(tx, held.pk, state, events)
    record(tx, actor, RolloutStarted(deployment=name, rollout=id_, plan=plan))
    slow_ms = plan.slow_thresholds_ms()
    both = tuple(msgspec.structs.replace(route, slow_ms=slow_ms) for route in (control, candidate))
    sticky = msgspec.structs.replace(held.sticky, salt=f"rollout-{id_}")
    held = msgspec.structs.replace(held, sticky=sticky)
    deployment_store.change(tx, held)
    _move_routes(tx, actor, held, both, state)
    return show(tx, id_)


def _plan(asked: RolloutAsked, control: Route, candidate: Route) -> Plan:
    if asked.kind is Kind.SHADOW and asked.steps:
        raise BadInput("a shadow rollout answers nobody, so it has no steps; leave them out")
    steps = asked.steps or _STEPS[asked.kind]
    return Plan(
        kind=asked.kind,
        control=control.id,
        candidate=candidate.id,
        control_label=str(control.version),
        candidate_label=str(candidate.version),
        steps=parse_steps(steps) if steps else (),
        guards=guards.parse_all(asked.guards),
        shadow_ms=parse_span_ms(asked.shadow) if asked.shadow else 0,
        dwell_ms=parse_span_ms(asked.dwell),
        deadline_ms=parse_span_ms(asked.deadline),
        replay_rows=asked.replay,
    ).checked()


def observe(tx: WriteTx, node: str, counts: list[WindowCounts]) -> None:
    """Fold what a node counted into the rollouts that are under way, and do what follows."""
    names = {one.deployment for one in counts}
    for kept in store.every_open(tx):
        held = deployment_store.by_pk(tx, kept.deployment_pk)
        if held.name in names:
            mine = [one for one in counts if one.deployment == held.name]
            _go_on(tx, SYSTEM, held, kept, _measured(kept.state, held, node, mine))


def share_at(state: Rollout, at_ms: int) -> float | None:
    """The candidate's share when a request of that time was divided; None where nodes may not agree on it.

    That is before the first step, in the seconds in which nodes hear of a change, and where all traffic is on one arm.
    """
    share = None
    for begun_ms, value in state.shares:
        if at_ms >= begun_ms:
            share = value if at_ms >= begun_ms + _NEWS_MS and 0 < value < 1 else None
    return share


def learn(tx: WriteTx, held: Held, kept: Kept, outcomes: tuple[Scored, ...]) -> None:
    """Fold outcomes into a rollout that has guards on them, and do what follows."""
    wanted = {guard.outcome for guard in kept.state.plan.guards if guard.outcome is not None}
    mine = tuple(one for one in outcomes if one.name in wanted)
    if mine:
        _go_on(tx, SYSTEM, held, kept, machine.measure(kept.state, (), mine, at_ms=now_ms()))


def in_replay(tx: ReadTx) -> list[tuple[Kept, str]]:
    """Rollouts that ask stored rows now, each with its deployment's name."""
    return [
        (kept, deployment_store.by_pk(tx, kept.deployment_pk).name)
        for kept in store.every_open(tx)
        if kept.state.phase is Phase.REPLAY and not kept.state.replayed.done
    ]


def replayed(tx: WriteTx, id_: int, part: Progress, *, after: str) -> None:
    """Fold a part of a replay in, and do what follows; nothing when another server went on from `after` meanwhile."""
    kept = store.get(tx, id_)
    if kept.state.replayed.last == after:
        held = deployment_store.by_pk(tx, kept.deployment_pk)
        _go_on(tx, SYSTEM, held, kept, machine.replay_part(kept.state, part, at_ms=now_ms()))


def refused_to_load(tx: WriteTx, node: str, routes: tuple[RouteReport, ...]) -> None:
    """Roll back what a node cannot even load."""
    failed = {(one.deployment, one.route): one for one in routes if one.status is RouteStatus.FAILED}
    for kept in store.every_open(tx) if failed else ():
        held = deployment_store.by_pk(tx, kept.deployment_pk)
        one = failed.get((held.name, kept.state.plan.candidate))
        if one is not None:
            reason = f"{one.version} cannot be loaded on node {node}: {one.reason}"
            events = machine.roll_back(kept.state, by=SYSTEM.name, at_ms=now_ms(), reason=reason)
            _apply(tx, SYSTEM, held, kept, events)


def _measured(state: Rollout, held: Held, node: str, counts: list[WindowCounts]) -> list[AnyEvent]:
    """One stratum for each window; those before the rollout began belong to nobody."""
    by_window: dict[int, dict[str, WindowCounts]] = {}
    for one in counts:
        if one.window_ms + WINDOW_MS > state.started_ms:
            by_window.setdefault(one.window_ms, {})[one.route] = one
    strata = [
        _stratum(state, node, window_ms, routes, sticky=bool(held.sticky.header or held.sticky.column))
        for window_ms, routes in sorted(by_window.items())
    ]
    return machine.measure(state, tuple(one for one in strata if one is not None), at_ms=now_ms())


def _stratum(
    state: Rollout, node: str, window_ms: int, routes: dict[str, WindowCounts], *, sticky: bool
) -> Stratum | None:
    control, candidate = routes.get(state.plan.control), routes.get(state.plan.candidate)
    if control is None and candidate is None:
        return None
    # A node that still loads the candidate gives the control everything, whatever the rollout says.
    share = None if control is None or control.share is None else 1.0 - control.share
    if share is not None and not 0 < share < 1:
        # Counts arrive late: those of copies may come when the candidate answers callers already.
        share = 0.0 if share == 0 and candidate is not None and candidate.compared else None
    latency = any(guard.measure is Measure.QUANTILE for guard in state.plan.guards)
    return Stratum(
        at_ms=window_ms,
        node=node,
        share=share if state.share else 0.0,
        sticky=sticky,
        control=_arm(control, latency=latency),
        candidate=_arm(candidate, latency=latency),
        compared=candidate.compared if candidate else 0,
        differing=candidate.differing if candidate else 0,
    )


def _arm(counts: WindowCounts | None, *, latency: bool) -> Arm:
    if counts is None:
        return Arm()
    # Requests that were the caller's fault say nothing about a version.
    return Arm(
        requests=counts.requests - counts.refused,
        errors=counts.errors,
        slow=counts.slow,
        latency=trimmed(counts.latency_counts) if latency else (),
        callers=counts.callers,
    )


def tick(tx: WriteTx) -> int:
    """Do what time alone brings: dwell times and deadlines. How many rollouts moved."""
    moved = 0
    for kept in store.every_open(tx):
        held = deployment_store.by_pk(tx, kept.deployment_pk)
        moved += _go_on(tx, SYSTEM, held, kept, [])
    return moved


def promote(tx: WriteTx, actor: Actor, id_: int, reason: str) -> RolloutShown:
    """All traffic to the candidate now. Raises Conflict when the rollout is over."""
    return _ordered(tx, actor, id_, lambda state: machine.promote(state, by=actor.name, at_ms=now_ms(), reason=reason))


def roll_back(tx: WriteTx, actor: Actor, id_: int, reason: str) -> RolloutShown:
    """All traffic to the control now. Raises Conflict when the rollout is over."""
    return _ordered(
        tx, actor, id_, lambda state: machine.roll_back(state, by=actor.name, at_ms=now_ms(), reason=reason)
    )


def abort(tx: WriteTx, actor: Actor, id_: int, reason: str) -> RolloutShown:
    """As `roll_back`, with nothing said about the candidate."""
    return _ordered(tx, actor, id_, lambda state: machine.abort(state, by=actor.name, at_ms=now_ms(), reason=reason))


def resume(tx: WriteTx, actor: Actor, id_: int) -> RolloutShown:
    """Let a held rollout go on. Raises Conflict when it is not held."""
    return _ordered(tx, actor, id_, lambda state: machine.resume(state, by=actor.name, at_ms=now_ms()))


def _ordered(tx: WriteTx, actor: Actor, id_: int, order: Callable[[Rollout], list[AnyEvent]]) -> RolloutShown:
    kept = store.get(tx, id_)
    held = deployment_store.by_pk(tx, kept.deployment_pk)
    _apply(tx, actor, held, kept, order(kept.state))
    return show(tx, id_)


def _go_on(tx: WriteTx, actor: Actor, held: Held, kept: Kept, measured: list[AnyEvent]) -> bool:
    """Fold measurements in, decide, and keep it all if anything happened. Whether it did."""
    state = kept.state
    for event in measured:
        state = machine.apply(state, event)
    decided = machine.decide(state, now_ms=now_ms(), ready=_is_loaded(tx, held.name, state.plan.candidate))
    return _apply(tx, actor, held, kept, [*measured, *decided])


def _is_loaded(tx: ReadTx, deployment: str, route: str) -> bool:
    """Whether a node that was heard of lately has the route ready."""
    since = now_ms() - deployments.FRESH_MS
    return any(
        (one.deployment, one.route, one.status) == (deployment, route, RouteStatus.READY)
        for node in node_store.every(tx)
        if node.seen_ms >= since
        for one in node.report.routes
    )


def _apply(tx: WriteTx, actor: Actor, held: Held, kept: Kept, events: list[AnyEvent]) -> bool:
    if not events:
        return False
    state = kept.state
    for event in events:
        state = machine.apply(state, event)
    store.go_on(tx, kept, state, events)
    for event in events:
        if not isinstance(event, Measured):
            what = event.__struct_config__.tag
            fact = RolloutMoved(
                deployment=held.name, rollout=kept.id, what=str(what), share=state.share, reason=event.reason
            )
            record(tx, actor, fact)
    if (state.share, state.mirrors, state.finished) != (kept.state.share, kept.state.mirrors, kept.state.finished):
        _move_routes(tx, actor, held, deployment_store.routes_of(tx, held.pk), state)
    return True


def _move_routes(tx: WriteTx, actor: Actor, held: Held, routes: tuple[Route, ...], state: Rollout) -> None:
    """Give control and candidate the shares of the state.

    The one without traffic stays loaded, at share 0, while the rollout is open and after it, so that going back
    is a matter of moving a pointer; the next rollout or order takes it away.
    """
    by_id = {route.id: route for route in routes}
    control, candidate = by_id[state.plan.control], by_id[state.plan.candidate]
    # A shadow of nothing: a candidate that cannot be loaded keeps no node from serving the control.
    mode = Mode.SHADOW if state.mirrors or state.hidden else Mode.LIVE
    share = 1.0 if state.mirrors else state.share
    moved = (
        msgspec.structs.replace(control, mode=Mode.LIVE, share=1.0 - state.share),
        msgspec.structs.replace(candidate, mode=mode, share=share),
    )
    deployments.move(tx, actor, held, moved, why=state.reason)


def show(tx: ReadTx, id_: int, *, measured: bool = True) -> RolloutShown:
    """One rollout with all its events, or with those that are not measurements. Raises NotFound."""
    kept = store.get(tx, id_)
    held = deployment_store.by_pk(tx, kept.deployment_pk)
    events = store.events_of(tx, id_) if measured else store.moves_of(tx, id_)
    return msgspec.structs.replace(_shown(held, kept), events=tuple(events))


def of_deployment(tx: ReadTx, name: str, *, limit: int, token: str | None = None) -> Page[RolloutShown]:
    """Newest first, without their events. Raises NotFound, and BadInput for a token that cannot be."""
    held = deployment_store.get(tx, name)
    query = fingerprint("rollouts of", name)
    before = position(token, query, (int,))[0] if token else _LATEST
    found = store.of(tx, held.pk, before=before, limit=limit + 1)
    return Page(
        items=[_shown(held, kept) for kept in found[:limit]],
        total=store.count_of(tx, held.pk),
        next_page_token=page_token(query, [found[limit - 1].id]) if len(found) > limit else None,
    )


def _shown(held: Held, kept: Kept) -> RolloutShown:
    return RolloutShown(
        id=kept.id,
        deployment=held.name,
        phase=kept.state.phase,
        created_ms=kept.created_ms,
        updated_ms=kept.updated_ms,
        state=kept.state,
        guards=tuple(_guard(kept.state.evidence, proof) for proof in kept.state.evidence.proofs),
    )


def _guard(evidence: Evidence, proof: Proof) -> GuardShown:
    return GuardShown(
        text=proof.guard.text,
        standing=evidence.standing(proof),
        seen=proof.trouble or words.rates(proof),
        harm=proof.harm.log,
        harm_peak=proof.harm_peak,
        harm_needed=evidence.harm_needed,
        safe=proof.safety,
        safe_peak=proof.safety_peak,
        safe_needed=SAFE_NEEDED,
    )
