"""A rollout as an event-sourced state machine. Pure: no clock, no database, no node.

`begin`, `measure`, `decide` and the orders of people return events; `apply` makes the next state from one;
`replay` of all events gives the same state again. Whoever stores events and state in one transaction can
be killed anywhere.

    REPLAY -> SHADOW -> STEPPING -> PROMOTED  every phase but the last three may also go to
                           |  ^               ROLLED_BACK (a guard is violated, or a person says so),
                           v  |               ABORTED (a person stops it) and
                          HELD                HELD (deadline, doubt; the share stays, harm is still watched)

A rollout begins in REPLAY where its plan says so, else in SHADOW where its plan says so, else in STEPPING.
"""

from enum import StrEnum

import msgspec

from modelwright.core.errors import Conflict
from modelwright.serving.rollouts import words
from modelwright.serving.rollouts.evidence import Arm, Evidence, Scored, Stratum, measured, nothing_seen
from modelwright.serving.rollouts.plan import Kind, Plan
from modelwright.serving.rollouts.replay import Progress

SYSTEM = "modelwright"


class Phase(StrEnum):
    REPLAY = "replay"
    SHADOW = "shadow"
    STEPPING = "stepping"
    HELD = "held"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    ABORTED = "aborted"


FINISHED = frozenset({Phase.PROMOTED, Phase.ROLLED_BACK, Phase.ABORTED})


class RolloutEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="what"):
    """One fact in a rollout's life. `by` is who caused it, SYSTEM for the guards and the clock."""

    at_ms: int
    by: str = SYSTEM
    reason: str = ""


class Started(RolloutEvent, frozen=True, kw_only=True, tag="started"):
    plan: Plan


class Measured(RolloutEvent, frozen=True, kw_only=True, tag="measured"):
    """`replay` is what a part of the replay of stored rows added, whose evidence is among the strata."""

    strata: tuple[Stratum, ...] = ()
    outcomes: tuple[Scored, ...] = ()
    replay: Progress | None = None


class ShadowEntered(RolloutEvent, frozen=True, kw_only=True, tag="shadow_entered"):
    """From now on the candidate sees copies of requests: stored ones were replayed without harm."""


class StepEntered(RolloutEvent, frozen=True, kw_only=True, tag="step_entered"):
    """The candidate's share is now that of `step`: up when safety is proven further, down on suspicion."""

    step: int
    share: float


class Waited(RolloutEvent, frozen=True, kw_only=True, tag="waited"):
    """No node has the candidate loaded, at the start or when the step's time is up: nothing goes on until one has."""


class Loaded(RolloutEvent, frozen=True, kw_only=True, tag="loaded"):
    """A node has what was waited for; the time of the step or shadow phase counts from now."""


class Held(RolloutEvent, frozen=True, kw_only=True, tag="held"):
    """Nothing moves by itself any more, save a rollback."""


class Resumed(RolloutEvent, frozen=True, kw_only=True, tag="resumed"):
    """A person lets a held rollout go on, with a deadline that counts from now."""


class Promoted(RolloutEvent, frozen=True, kw_only=True, tag="promoted"):
    """All traffic goes to the candidate."""


class RolledBack(RolloutEvent, frozen=True, kw_only=True, tag="rolled_back"):
    """All traffic goes to the control."""


class Aborted(RolloutEvent, frozen=True, kw_only=True, tag="aborted"):
    """A person stopped it: all traffic goes to the control, nothing is said about the candidate."""


AnyEvent = (
    Started
    | Measured
    | ShadowEntered
    | StepEntered
    | Waited
    | Loaded
    | Held
    | Resumed
    | Promoted
    | RolledBack
    | Aborted
)


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """The state. `share` is the candidate's part of the answers; `reason` is the last event's, in words.

    `shares` are the shares that it had so far, each with the time at which it began. `replayed` is how far stored rows
    were asked, `held_in` the phase that a held rollout goes back to. `waits`: for a node that has the candidate loaded,
    `loaded`: that one has it was waited for, or is plain from a later step.
    """

    plan: Plan
    phase: Phase
    step: int
    share: float
    evidence: Evidence
    started_ms: int
    entered_ms: int
    deadline_at_ms: int
    reason: str
    by: str
    shares: tuple[tuple[int, float], ...] = ()
    replayed: Progress = Progress()
    held_in: Phase | None = None
    waits: bool = False
    loaded: bool = False

    @property
    def finished(self) -> bool:
        return self.phase in FINISHED

    @property
    def mirrors(self) -> bool:
        """Whether the candidate sees copies of the control's requests."""
        return Phase.SHADOW in {self.phase, self.held_in}

    @property
    def hidden(self) -> bool:
        """Whether the candidate is loaded and gets nothing of what callers ask."""
        return Phase.REPLAY in {self.phase, self.held_in}


def begin(plan: Plan, *, at_ms: int, by: str) -> list[AnyEvent]:
    """The first events of a rollout with this plan (checked)."""
    plan = plan.checked()
    started: list[AnyEvent] = [Started(at_ms=at_ms, by=by, plan=plan, reason=words.started(plan))]
    if _first_phase(plan) is not Phase.STEPPING:
        return started
    return [*started, _step(plan, 0, at_ms=at_ms, by=by, reason=words.first_step(plan))]


def _first_phase(plan: Plan) -> Phase:
    if plan.replay_rows:
        return Phase.REPLAY
    return Phase.SHADOW if plan.shadow_ms or plan.kind is Kind.SHADOW else Phase.STEPPING


def measure(
    state: Rollout, strata: tuple[Stratum, ...], outcomes: tuple[Scored, ...] = (), *, at_ms: int
) -> list[AnyEvent]:
    """The counts as an event; nothing when there are none or the rollout is over."""
    if state.finished or not (strata or outcomes):
        return []
    return [Measured(at_ms=at_ms, strata=strata, outcomes=outcomes)]


def replay_part(state: Rollout, part: Progress, *, at_ms: int) -> list[AnyEvent]:
    """What a part of the replay showed, as an event; nothing when it does not go on from where the state is.

    A row that the candidate cannot answer counts as failed, and as one that it answers differently.
    """
    if state.phase is not Phase.REPLAY or state.replayed.done:
        return []
    stratum = Stratum(
        at_ms=at_ms,
        share=0.0,
        candidate=Arm(requests=part.rows, errors=part.failed),
        compared=part.rows,
        differing=part.differing + part.failed,
        replayed=True,
    )
    return [Measured(at_ms=at_ms, strata=(stratum,) if part.rows else (), replay=part)]


def decide(state: Rollout, *, now_ms: int, ready: bool = True) -> list[AnyEvent]:
    """What follows from the evidence and the time, at most one event. Harm goes before everything else.

    `ready`: some node that is heard of has the candidate loaded. Without one nothing goes on, whatever the time.
    """
    if state.finished:
        return []
    violated = state.evidence.violated()
    if violated:
        reason = words.violated(state.plan, violated[0], exposed=bool(state.shares))
        return [RolledBack(at_ms=now_ms, reason=reason)]
    if state.phase is Phase.HELD:
        return []
    doubt = words.doubt(state.evidence)
    if doubt:
        return [Held(at_ms=now_ms, reason=doubt)]
    if state.phase is not Phase.REPLAY and (not ready or state.waits):
        return _unloaded(state, now_ms, ready=ready)
    moved = _MOVES[state.phase](state, now_ms)
    if not moved and now_ms >= state.deadline_at_ms:
        return [Held(at_ms=now_ms, reason=words.deadline(state.plan, state.evidence))]
    return moved


def _unloaded(state: Rollout, now_ms: int, *, ready: bool) -> list[AnyEvent]:
    plan = state.plan
    if ready:
        return [Loaded(at_ms=now_ms, reason=words.loaded(plan))]
    if now_ms >= state.deadline_at_ms:
        return [Held(at_ms=now_ms, reason=words.never_loaded(plan))]
    lasts_ms = (plan.shadow_ms if state.phase is Phase.SHADOW else 0) or plan.dwell_ms
    # Loading is no part of the first step's time. Later a node may be out of hearing for a moment.
    due = not state.loaded or now_ms >= state.entered_ms + lasts_ms
    return [Waited(at_ms=now_ms, reason=words.waits(plan))] if due and not state.waits else []


def _replaying(state: Rollout, now_ms: int) -> list[AnyEvent]:
    """On when all rows were asked; what they leave open is for a shadow phase or for a person."""
    if not state.replayed.done:
        return []
    if not state.replayed.rows:
        return [Held(at_ms=now_ms, reason=words.nothing_replayed(state.plan, state.replayed))]
    if state.evidence.disagreement_open() and not _mirrors_later(state.plan):
        return [Held(at_ms=now_ms, reason=words.replay_open(state.plan, state.replayed, state.evidence))]
    return [_after_replay(state, at_ms=now_ms, by=SYSTEM)]


def _mirrors_later(plan: Plan) -> bool:
    return bool(plan.shadow_ms) or plan.kind is Kind.SHADOW


def _after_replay(state: Rollout, *, at_ms: int, by: str) -> AnyEvent:
    reason = words.replay_over(state.plan, state.replayed)
    if _mirrors_later(state.plan):
        return ShadowEntered(at_ms=at_ms, by=by, reason=reason)
    return _step(state.plan, 0, at_ms=at_ms, by=by, reason=reason)


def _shadow(state: Rollout, now_ms: int) -> list[AnyEvent]:
    plan = state.plan
    if plan.kind is Kind.SHADOW:
        if state.evidence.confidence() < 1 or now_ms < state.entered_ms + plan.dwell_ms:
            return []
        return [Held(at_ms=now_ms, reason=words.verdict(plan, state.evidence))]
    if now_ms < state.entered_ms + plan.shadow_ms or state.evidence.disagreement_open():
        return []
    return [_step(plan, 0, at_ms=now_ms, by=SYSTEM, reason=words.shadow_over(plan))]


def _stepping(state: Rollout, now_ms: int) -> list[AnyEvent]:
    plan, evidence = state.plan, state.evidence
    if now_ms < state.entered_ms + plan.dwell_ms:
        return []
    confidence = evidence.confidence()
    last = state.step == len(plan.steps) - 1
    if plan.kind is Kind.AB or (last and plan.steps[-1] < 1):
        return [Held(at_ms=now_ms, reason=words.verdict(plan, evidence))] if confidence >= 1 else []
    if plan.kind is Kind.BLUE_GREEN or not plan.guards:
        return _watched(state, now_ms, confidence)
    if evidence.suspicion() >= words.EASE and state.step > 0:
        reason = words.eased(plan, evidence)
        return [_step(plan, 0, at_ms=now_ms, by=SYSTEM, reason=reason)]
    return _up(state, now_ms, confidence)


_MOVES = {Phase.REPLAY: _replaying, Phase.SHADOW: _shadow, Phase.STEPPING: _stepping}
"""What time and evidence bring in each phase in which a rollout moves by itself."""


def _watched(state: Rollout, now_ms: int, confidence: float) -> list[AnyEvent]:
    """Steps by time alone: blue/green under absolute guards, or a plan without guards."""
    if confidence < 1:
        return []
    if state.step < len(state.plan.steps) - 1:
        return [_step(state.plan, state.step + 1, at_ms=now_ms, by=SYSTEM, reason=words.dwelt(state.plan))]
    return [Promoted(at_ms=now_ms, reason=words.verdict(state.plan, state.evidence))]


def _up(state: Rollout, now_ms: int, confidence: float) -> list[AnyEvent]:
    """To the next step when its part of the proof is there; to 100 % only when all of it is."""
    if suspicious(state.evidence):
        return []
    plan, up = state.plan, state.step + 1
    if plan.steps[up] == 1:
        if confidence < 1:
            return []
        return [Promoted(at_ms=now_ms, reason=words.verdict(plan, state.evidence))]
    if confidence < needed(plan, up):
        return []
    reason = words.stepped(plan, up, state.evidence)
    return [_step(plan, up, at_ms=now_ms, by=SYSTEM, reason=reason)]


def needed(plan: Plan, step: int) -> float:
    """The confidence that opens `step`: an equal part of the proof for each step before the last."""
    return step / (len(plan.steps) - (1 if plan.steps[-1] == 1 else 0))


def suspicious(evidence: Evidence) -> bool:
    return evidence.suspicion() >= words.EASE


def _step(plan: Plan, step: int, *, at_ms: int, by: str, reason: str) -> AnyEvent:
    return StepEntered(at_ms=at_ms, by=by, step=step, share=plan.steps[step], reason=reason)


def promote(state: Rollout, *, by: str, at_ms: int, reason: str = "") -> list[AnyEvent]:
    """A person moves all traffic to the candidate now, whatever the guards say so far."""
    _refuse_finished(state, "promoted")
    return [Promoted(at_ms=at_ms, by=by, reason=reason or words.by_hand(state.plan.candidate_label, by))]


def roll_back(state: Rollout, *, by: str, at_ms: int, reason: str = "") -> list[AnyEvent]:
    """A person moves all traffic to the control now."""
    _refuse_finished(state, "rolled back")
    return [RolledBack(at_ms=at_ms, by=by, reason=reason or words.by_hand(state.plan.control_label, by))]


def abort(state: Rollout, *, by: str, at_ms: int, reason: str = "") -> list[AnyEvent]:
    _refuse_finished(state, "aborted")
    return [Aborted(at_ms=at_ms, by=by, reason=reason or words.by_hand(state.plan.control_label, by))]


def resume(state: Rollout, *, by: str, at_ms: int) -> list[AnyEvent]:
    """A person lets a held rollout go on; Conflict when it is not held."""
    if state.phase is not Phase.HELD:
        raise Conflict(
            f"the rollout is {state.phase.value.replace('_', ' ')}; only a held one resumes",
            phase=state.phase,
        )
    resumed = Resumed(at_ms=at_ms, by=by, reason=f"resumed by {by}")
    if state.held_in is Phase.REPLAY and state.replayed.done:
        return [resumed, _after_replay(state, at_ms=at_ms, by=by)]
    return [resumed]


def _refuse_finished(state: Rollout, order: str) -> None:
    if state.finished:
        raise Conflict(
            f"the rollout is {state.phase.value.replace('_', ' ')} ({state.reason}); it cannot be {order}",
            phase=state.phase,
        )


def apply(state: Rollout | None, event: AnyEvent) -> Rollout:
    """The state after `event`. Only a Started makes a state from None."""
    if isinstance(event, Started):
        return _started(event)
    if state is None:
        raise ValueError(f"a rollout begins with its start, not with {type(event).__name__}")
    if isinstance(event, Measured):
        seen = measured(state.evidence, event.strata, event.outcomes, at_ms=event.at_ms)
        replayed = state.replayed if event.replay is None else state.replayed.plus(event.replay)
        return msgspec.structs.replace(state, evidence=seen, replayed=replayed)
    moved = msgspec.structs.replace(state, reason=event.reason, by=event.by, entered_ms=event.at_ms)
    return _moved(moved, event)


def _started(event: Started) -> Rollout:
    plan = event.plan
    return Rollout(
        plan=plan,
        phase=_first_phase(plan),
        step=-1,
        share=0.0,
        evidence=nothing_seen(plan.guards, started_ms=event.at_ms),
        started_ms=event.at_ms,
        entered_ms=event.at_ms,
        deadline_at_ms=event.at_ms + plan.deadline_ms,
        reason=event.reason,
        by=event.by,
    )


_PHASES: dict[type[RolloutEvent], tuple[Phase, float | None]] = {
    ShadowEntered: (Phase.SHADOW, None),
    Held: (Phase.HELD, None),
    Promoted: (Phase.PROMOTED, 1.0),
    RolledBack: (Phase.ROLLED_BACK, 0.0),
    Aborted: (Phase.ABORTED, 0.0),
}
"""What an event makes of phase and share; None keeps the share."""


def _moved(state: Rollout, event: AnyEvent) -> Rollout:
    if isinstance(event, (Waited, Loaded)):
        waits = isinstance(event, Waited)
        return msgspec.structs.replace(state, waits=waits, loaded=state.loaded or not waits)
    state = msgspec.structs.replace(state, waits=False)
    if isinstance(event, StepEntered):
        shares = (*state.shares, (event.at_ms, event.share))
        return msgspec.structs.replace(
            state,
            phase=Phase.STEPPING,
            step=event.step,
            share=event.share,
            shares=shares,
            held_in=None,
            loaded=state.loaded or event.step > 0,
        )
    if isinstance(event, Resumed):
        deadline = event.at_ms + state.plan.deadline_ms
        return msgspec.structs.replace(
            state, phase=state.held_in or Phase.STEPPING, deadline_at_ms=deadline, held_in=None
        )
    phase, share = _PHASES[type(event)]
    held_in = state.phase if phase is Phase.HELD else None
    return msgspec.structs.replace(state, phase=phase, share=state.share if share is None else share, held_in=held_in)


def replay(events: list[AnyEvent]) -> Rollout:
    """The state that these events, all of a rollout's in order, lead to."""
    state = None
    for event in events:
        state = apply(state, event)
    if state is None:
        raise ValueError("a rollout has at least its start")
    return state
