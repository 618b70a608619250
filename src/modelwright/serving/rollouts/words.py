"""Why a rollout moved, in sentences that a person on call understands without the statistics."""

import math

from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.rollouts.evidence import HARM_ALPHA, SAFE_ALPHA, SAFE_NEEDED, Evidence, Proof, Standing
from modelwright.serving.rollouts.guards import Measure
from modelwright.serving.rollouts.plan import Kind, Plan, in_percent
from modelwright.serving.rollouts.quantiles import threshold
from modelwright.serving.rollouts.replay import Progress

EASE = 0.6
"""Part of a proof of harm (in log wealth) at which a canary goes back to its first step."""

_SURE = 6

_MINUTE_MS = 60_000


def started(plan: Plan) -> str:
    how = {
        Kind.CANARY: f"canary over {in_percent(plan.steps)}",
        Kind.AB: f"A/B at {in_percent(plan.steps)}",
        Kind.BLUE_GREEN: "blue/green",
        Kind.SHADOW: "shadow",
    }[plan.kind]
    guards = "; ".join(guard.text for guard in plan.guards) or "no guards"
    first = f"up to {plan.replay_rows} stored rows, then " if plan.replay_rows else ""
    return f"{plan.candidate_label} against {plan.control_label}: {first}{how}, guarded by: {guards}"


def first_step(plan: Plan) -> str:
    return f"{plan.candidate_label} answers its first {plan.steps[0] * 100:g} % of requests"


def replay_over(plan: Plan, seen: Progress) -> str:
    then = (
        f"it now answers {plan.steps[0] * 100:g} %"
        if plan.steps and not plan.shadow_ms
        else "it now sees copies of requests"
    )
    return f"{replayed(plan, seen)}; {then}"


def replayed(plan: Plan, seen: Progress) -> str:
    """'fraud:18 was asked 1000 rows that fraud:17 had answered: 12 answered differently, 0 failed; ...'."""
    largest = ", ".join(f"{name} by up to {value:.4g}" for name, value in seen.largest if value)
    took = f", p50 {seen.latency_ms(0.5):.3g} ms, p99 {seen.latency_ms(0.99):.3g} ms" if any(seen.latency) else ""
    return (
        f"{plan.candidate_label} was asked {seen.rows} stored rows that {plan.control_label} had answered: "
        f"{seen.differing} answered differently{f' ({largest})' if largest else ''}, {seen.failed} failed"
        f"{f' (the first: {seen.failure})' if seen.failure else ''}{took}{_left_out(seen)}"
    )


def _left_out(seen: Progress) -> str:
    return f"; {seen.unusable} more could not be asked, their inputs being hidden" if seen.unusable else ""


def nothing_replayed(plan: Plan, seen: Progress) -> str:
    return (
        f"no stored row of {plan.control_label} could be asked again{_left_out(seen)}; resume to go on without such "
        "evidence, or abort"
    )


def replay_open(plan: Plan, seen: Progress, evidence: Evidence) -> str:
    open_ones = "; ".join(
        f"{proof.guard.text!r} ({rates(proof)})"
        for proof in evidence.proofs
        if proof.guard.measure is Measure.DISAGREEMENT and evidence.standing(proof) is Standing.OPEN
    )
    return (
        f"{replayed(plan, seen)}. That neither proves nor refutes {open_ones}, and nothing later would: start again "
        "with more rows or a shadow phase, or resume, and promote by hand"
    )


def shadow_over(plan: Plan) -> str:
    return (
        f"{plan.candidate_label} saw copies for {_lasting(plan.shadow_ms)} and violated no guard; "
        f"it now answers {plan.steps[0] * 100:g} %"
    )


def stepped(plan: Plan, step: int, evidence: Evidence) -> str:
    return (
        f"to {plan.steps[step] * 100:g} %: {evidence.confidence() * 100:.0f} % of the proof that "
        f"{plan.candidate_label} keeps its guards is there ({seen(evidence)})"
    )


def dwelt(plan: Plan) -> str:
    return f"{plan.dwell_ms / 60_000:g} min on this step without a violated guard"


def eased(plan: Plan, evidence: Evidence) -> str:
    worst = max(evidence.proofs, key=lambda proof: proof.harm.log)
    return (
        f"back to {plan.steps[0] * 100:g} %: {worst.guard.text!r} looks doubtful "
        f"({rates(worst)}), not proven yet; fewer callers wait for the answer"
    )


def violated(plan: Plan, proof: Proof, *, exposed: bool) -> str:
    return (
        f"{plan.candidate_label} violates {proof.guard.text!r}: {rates(proof)}. Odds against chance "
        f"{odds(proof.harm_peak)}; were it harmless, this would happen at most {HARM_ALPHA:.0%} of times"
        f"{'' if exposed else '. It has answered nobody'}"
    )


def doubt(evidence: Evidence) -> str:
    """Why no comparison can be trusted; empty when it can."""
    if evidence.mismatched():
        return mismatched(evidence)
    return next((proof.trouble for proof in evidence.undecidable()), "")


def mismatched(evidence: Evidence) -> str:
    got, of = evidence.ratio.seen_events, evidence.ratio.seen_requests
    return (
        f"traffic does not fall as the shares say: the candidate got {got:.0f} of {of:.0f} requests, odds "
        f"against chance {odds(evidence.ratio.log)}; comparisons cannot be trusted until the cause is found"
    )


def verdict(plan: Plan, evidence: Evidence) -> str:
    if not plan.guards:
        return f"{plan.candidate_label} had no guards to keep; moved by time alone"
    kept = "; ".join(f"{proof.guard.text!r} ({rates(proof)})" for proof in evidence.proofs)
    return (
        f"{plan.candidate_label} keeps every guard: {kept}. "
        f"Were one broken, such a verdict would come at most {SAFE_ALPHA:.0%} of times"
    )


def deadline(plan: Plan, evidence: Evidence) -> str:
    open_ones = [proof for proof in evidence.proofs if evidence.standing(proof) is Standing.OPEN]
    what = "; ".join(f"{proof.guard.text!r} ({rates(proof)})" for proof in open_ones) or "no guard"
    return (
        f"deadline of {_lasting(plan.deadline_ms)} reached with {what} still open; the share "
        "stays as it is. Promote, roll back, or resume for more time"
    )


def waits(plan: Plan) -> str:
    return (
        f"no node has {plan.candidate_label} loaded yet, so it answers nobody: the time of this step begins when one "
        "has; `modelwright node list` says what they do"
    )


def loaded(plan: Plan) -> str:
    return f"{plan.candidate_label} is loaded now; the time of this step counts from here"


def never_loaded(plan: Plan) -> str:
    return (
        f"deadline of {_lasting(plan.deadline_ms)} reached while no node has {plan.candidate_label} loaded. Roll "
        "back, or resume for more time"
    )


def by_hand(label: str, by: str) -> str:
    return f"{by} moved all traffic to {label}"


def seen(evidence: Evidence) -> str:
    return f"{evidence.candidate_requests} of {evidence.requests} requests"


def rates(proof: Proof) -> str:
    """'3.1 % of 1200 against 1.0 % of 10800' in the measure's own terms."""
    if not proof.candidate[0]:
        return "nothing seen yet"
    if proof.guard.measure is Measure.MEAN:
        mine = f"mean {_mean(proof.candidate)} of {proof.candidate[0]}"
        return f"{mine} against {_mean(proof.control)} of {proof.control[0]}" if proof.control[0] else mine
    verb = {
        Measure.ERROR_RATE: "failed",
        Measure.SLOW_RATE: f"took {proof.guard.slow_ms or 0:g} ms or longer",
        Measure.QUANTILE: f"took longer than {_edge(proof)}",
        Measure.DISAGREEMENT: "differed",
    }[proof.guard.measure]
    mine = f"{_rate(proof.candidate)} of {proof.candidate[0]} {verb}"
    if not proof.guard.compares or not proof.control[0]:
        return mine
    return f"{mine}, against {_rate(proof.control)} of {proof.control[0]}{_slower_below(proof)}"


def _slower_below(proof: Proof) -> str:
    """What is open of a latency guard whose own quantile is proven."""
    least = min(proof.below, key=lambda level: level.safe_peak, default=None)
    if least is None or least.safe_peak >= SAFE_NEEDED or proof.safe_peak < SAFE_NEEDED or not least.candidate[0]:
        return ""
    return (
        f". That is safe, as far as it goes; but {_rate(least.candidate)} took longer than the control's "
        f"p{least.quantile * 100:g}, against {_rate(least.control)}: whether it is slower where nothing stalls is open"
    )


def _edge(proof: Proof) -> str:
    """The latency that the control's quantile is now, as the guard counts it."""
    bucket = threshold(proof.latency, proof.guard.quantile or 0.0)
    return "the control's quantile" if bucket is None else f"{LATENCY_EDGES_MS[bucket]:.3g} ms (the control's quantile)"


def _rate(counts: tuple[int, float]) -> str:
    return f"{100 * counts[1] / counts[0]:.2f} %"


def _mean(counts: tuple[int, float]) -> str:
    return f"{counts[1] / counts[0]:.4g}"


def odds(log_wealth: float) -> str:
    """'40 to 1', from the logarithm of an e-process."""
    if log_wealth > _SURE * math.log(10):
        return f"over 10^{_SURE} to 1"
    return f"{math.exp(log_wealth):.0f} to 1"


def _lasting(ms: int) -> str:
    return f"{ms / _MINUTE_MS:g} min" if ms >= _MINUTE_MS else f"{ms / 1000:g} s"
