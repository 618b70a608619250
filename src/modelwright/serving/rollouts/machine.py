"""A rollout as an event-sourced state machine. Pure: no clock, no database, no node.

`begin`, `measure`, `decide` and the orders of people return events; `apply` makes the next state from one;
`replay` of all events gives the same state again. Whoever stores events and state in one transaction can
be killed anywhere.

    SHADOW -> STEPPING -> PROMOTED            every phase but the last three may also go to
                 |  ^                         ROLLED_BACK (a guard is violated, or a person says so),
                 v  |                         ABORTED (a person stops it) and
                HELD                          HELD (deadline, doubt; the share stays, harm is still watched)
"""

from enum import StrEnum

import msgspec

from modelwright.core.errors import Conflict
from modelwright.serving.rollouts import words
from modelwright.serving.rollouts.evidence import Evidence, Scored, Stratum, measured, nothing_seen
from modelwright.serving.rollouts.plan import Kind, Plan

SYSTEM = "modelwright"


class Phase(StrEnum):
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
    strata: tuple[Stratum, ...] = ()
    outcomes: tuple[Scored, ...] = ()


class StepEntered(RolloutEvent, frozen=True, kw_only=True, tag="step_entered"):
    """The candidate's share is now that of `step`: up when safety is proven further, down on suspicion."""

    step: int
    share: float


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


AnyEvent = Started | Measured | StepEntered | Held | Resumed | Promoted | RolledBack | Aborted


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """The state. `share` is the candidate's part of the answers; `reason` is the last event's, in words.

    `shares` are the shares that it had so far, each with the time at which it began.
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

    @property
    def finished(self) -> bool:
        return self.phase in FINISHED

    @property
    def mirrors(self) -> bool:
        """Whether the candidate sees copies of the control's requests."""
        return self.phase is Phase.SHADOW or (self.phase is Phase.HELD and self.step < 0)


def begin(plan: Plan, *, at_ms: int, by: str) -> list[AnyEvent]:
    """The first events of a rollout with this plan (checked)."""
    plan = plan.checked()
    started: list[AnyEvent] = [Started(at_ms=at_ms, by=by, plan=plan, reason=words.started(plan))]
    if plan.shadow_ms or plan.kind is Kind.SHADOW:
        return started
    return [*started, _step(plan, 0, at_ms=at_ms, by=by, reason=words.first_step(plan))]


def measure(
    state: Rollout, strata: tuple[Stratum, ...], outcomes: tuple[Scored, ...] = (), *, at_ms: int
) -> list[AnyEvent]:
    """The counts as an event; nothing when there are none or the rollout is over."""
    if state.finished or not (strata or outcomes):
        return []
    return [Measured(at_ms=at_ms, strata=strata, outcomes=outcomes)]


def decide(state: Rollout, *, now_ms: int) -> list[AnyEvent]:
    """What follows from the evidence and the time, at most one event. Harm goes before everything else."""
    if state.finished:
        return []
    violated = state.evidence.violated()
    if violated:
        return [RolledBack(at_ms=now_ms, reason=words.violated(state.plan, violated[0]))]
    if state.phase is Phase.HELD:
        return []
    doubt = words.doubt(state.evidence)
    if doubt:
        return [Held(at_ms=now_ms, reason=doubt)]
    moved = _shadow(state, now_ms) if state.phase is Phase.SHADOW else _stepping(state, now_ms)
    if not moved and now_ms >= state.deadline_at_ms:
        return [Held(at_ms=now_ms, reason=words.deadline(state.plan, state.evidence))]
    return moved


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
    return [Resumed(at_ms=at_ms, by=by, reason=f"resumed by {by}")]


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
        return msgspec.structs.replace(state, evidence=seen)
    moved = msgspec.structs.replace(state, reason=event.reason, by=event.by, entered_ms=event.at_ms)
    return _moved(moved, event)


def _started(event: Started) -> Rollout:
    plan = event.plan
    return Rollout(
        plan=plan,
        phase=Phase.SHADOW if plan.shadow_ms or plan.kind is Kind.SHADOW else Phase.STEPPING,
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
    Held: (Phase.HELD, None),
    Promoted: (Phase.PROMOTED, 1.0),
    RolledBack: (Phase.ROLLED_BACK, 0.0),
    Aborted: (Phase.ABORTED, 0.0),
}
"""What an event makes of phase and share; None keeps the share."""


def _moved(state: Rollout, event: AnyEvent) -> Rollout:
    if isinstance(event, StepEntered):
        shares = (*state.shares, (event.at_ms, event.share))
        return msgspec.structs.replace(state, phase=Phase.STEPPING, step=event.step, share=event.share, shares=shares)
    if isinstance(event, Resumed):
        phase = Phase.STEPPING if state.step >= 0 else Phase.SHADOW
        deadline = event.at_ms + state.plan.deadline_ms
        return msgspec.structs.replace(state, phase=phase, deadline_at_ms=deadline)
    phase, share = _PHASES[type(event)]
    return msgspec.structs.replace(state, phase=phase, share=state.share if share is None else share)


def replay(events: list[AnyEvent]) -> Rollout:
    """The state that these events, all of a rollout's in order, lead to."""
    state = None
    for event in events:
        state = apply(state, event)
    if state is None:
        raise ValueError("a rollout has at least its start")
    return state
