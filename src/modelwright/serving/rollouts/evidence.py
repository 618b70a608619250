"""What a rollout has seen so far and what that proves, guard by guard. No clock, no I/O.

Evidence is a value: `measured` returns the next one. It depends on nothing but the guards and the strata
folded in, so whoever holds a rollout's events can compute every verdict again.
"""

import math
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from modelwright.serving.rollouts.binary import Counts, Wealth, bet, bet_on_usual, faded, most_usual, opened, unusual
from modelwright.serving.rollouts.guards import Guard, Measure
from modelwright.serving.rollouts.means import Outcome, bet_on_mean, opened_mean
from modelwright.serving.rollouts.quantiles import below, beyond, remembered, slower, threshold
from modelwright.serving.rollouts.ratio import check_ratio, is_mismatch, opened_ratio

HARM_ALPHA = 0.05
"""Chance that a candidate which is not worse is ever rolled back by its guards, all together."""

SAFE_ALPHA = 0.01
"""Chance that a candidate which is worse than a guard allows is ever promoted."""

SAFE_NEEDED = math.log(1 / SAFE_ALPHA)
"""The log of a safety purse that proves a guard kept."""

_MINUTE_MS = 60_000


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """What one route answered in one stratum. `slow` pairs a guard's threshold in ms with a count.

    `latency` counts answers by LATENCY_EDGES_MS where a guard needs it, `callers` sticky keys seen for the first time.
    """

    requests: int = 0
    errors: int = 0
    slow: tuple[tuple[float, int], ...] = ()
    latency: tuple[int, ...] = ()
    callers: int = 0


class Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """Both arms on one node over the same short time, at one share; the unit in which arms are compared.

    `share` is the candidate's share then: 0 while it only sees copies, None when unknown (it moved inside the
    stratum), which leaves the sample-ratio check out. `sticky` says that equal keys go to equal arms: then new callers
    are what is divided, not requests. `compared` and `differing` count mirrored rows. `replayed` says that the
    candidate was asked stored rows, which were nobody's requests.
    """

    at_ms: int
    node: str = ""
    share: float | None = None
    sticky: bool = False
    control: Arm = Arm()
    candidate: Arm = Arm()
    compared: int = 0
    differing: int = 0
    replayed: bool = False

    @property
    def has_copies(self) -> bool:
        """Whether the candidate was asked copies of the control's requests, which are not independent of these."""
        return self.share == 0 or (self.share is None and self.compared > 0)

    @property
    def answered(self) -> int:
        """Requests whose callers got the candidate's answer."""
        if self.share == 0:
            return 0
        return max(0, self.candidate.requests - (self.compared if self.has_copies else 0))


class Scored(msgspec.Struct, frozen=True, array_like=True):
    """An outcome that arrived: its name, value, whether the candidate predicted, the share at that time."""

    name: str
    value: float
    candidate: bool
    share: Annotated[float, msgspec.Meta(gt=0, lt=1)]


class Standing(StrEnum):
    """What is proven about a guard."""

    OPEN = "open"
    KEPT = "kept"
    VIOLATED = "violated"
    UNDECIDABLE = "undecidable"


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """The bet on safety at a quantile under the guard's own, and the plain counts beyond it."""

    quantile: float
    safe: Wealth
    safe_peak: float = 0.0
    control: tuple[int, float] = (0, 0.0)
    candidate: tuple[int, float] = (0, 0.0)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One guard's purses and plain counts.

    `harm` and `safe` are bets against "no harm" and against "harm"; the `_peak`s are the highest logs they
    reached, which is what may be compared with log(1 / alpha) at any time. `latency` is what is remembered of the
    control's latencies, faded, as of `latency_ms`. A guard on a quantile is safe only where those `below` are, too.
    """

    guard: Guard
    harm: Wealth
    safe: Wealth
    harm_peak: float = 0.0
    safe_peak: float = 0.0
    control: tuple[int, float] = (0, 0.0)
    candidate: tuple[int, float] = (0, 0.0)
    trouble: str = ""
    latency: tuple[float, ...] = ()
    latency_ms: int = 0
    below: tuple[Level, ...] = ()

    @property
    def safety(self) -> float:
        """The log of the purse that bets for safety: of several, the poorest."""
        return min([self.safe.log, *(level.safe.log for level in self.below)])

    @property
    def safety_peak(self) -> float:
        """The highest that each of them was, of several the lowest."""
        return min([self.safe_peak, *(level.safe_peak for level in self.below)])

    @property
    def control_rate(self) -> float | None:
        return self.control[1] / self.control[0] if self.control[0] else None

    @property
    def candidate_rate(self) -> float | None:
        return self.candidate[1] / self.candidate[0] if self.candidate[0] else None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All guards of a rollout, and the check that traffic fell on the arms as it should.

    `requests` are callers'; of those the candidate answered `candidate_requests`, and failed `candidate_errors`.
    """

    proofs: tuple[Proof, ...]
    ratio: Wealth
    started_ms: int
    requests: int = 0
    candidate_requests: int = 0
    candidate_errors: int = 0
    ratio_node: str = ""

    @property
    def harm_needed(self) -> float:
        """The log of a harm purse that proves a violation."""
        return math.log(max(1, len(self.proofs)) / HARM_ALPHA)

    def standing(self, proof: Proof) -> Standing:
        """Harm is tested at HARM_ALPHA divided among the guards; safety needs every guard, so undivided."""
        if proof.harm_peak >= self.harm_needed:
            return Standing.VIOLATED
        if proof.trouble:
            return Standing.UNDECIDABLE
        return Standing.KEPT if proof.safety_peak >= SAFE_NEEDED else Standing.OPEN

    def violated(self) -> list[Proof]:
        return [proof for proof in self.proofs if self.standing(proof) is Standing.VIOLATED]

    def undecidable(self) -> list[Proof]:
        return [proof for proof in self.proofs if self.standing(proof) is Standing.UNDECIDABLE]

    def disagreement_open(self) -> bool:
        """Whether a guard that only mirrored or stored rows can decide is still undecided."""
        return any(
            proof.guard.measure is Measure.DISAGREEMENT and self.standing(proof) is Standing.OPEN
            for proof in self.proofs
        )

    def confidence(self) -> float:
        """How far safety is proven, 0 to 1 (1: every guard kept): its log wealth over what a proof takes."""
        return min((max(0.0, min(proof.safety_peak / SAFE_NEEDED, 1.0)) for proof in self.proofs), default=1.0)

    def suspicion(self) -> float:
        """How far harm is proven at present, 0 to 1 (1: some guard violated)."""
        return max((max(0.0, min(proof.harm.log / self.harm_needed, 1.0)) for proof in self.proofs), default=0.0)

    def mismatched(self) -> bool:
        return is_mismatch(self.ratio)


def nothing_seen(guards: tuple[Guard, ...], *, started_ms: int) -> Evidence:
    return Evidence(proofs=tuple(_opened(guard) for guard in guards), ratio=opened_ratio(), started_ms=started_ms)


def _opened(guard: Guard) -> Proof:
    if guard.measure is Measure.MEAN:
        return Proof(guard=guard, harm=opened_mean(late=True), safe=opened_mean(late=False))
    safe = opened(guard.rate_safe())
    under = below(guard.quantile) if guard.quantile is not None else ()
    levels = tuple(Level(quantile=quantile, safe=safe) for quantile in under)
    return Proof(guard=guard, harm=opened(guard.rate_harm()), safe=safe, below=levels)


def measured(
    evidence: Evidence, strata: tuple[Stratum, ...], outcomes: tuple[Scored, ...] = (), *, at_ms: int
) -> Evidence:
    """The evidence after these strata and outcomes; `at_ms` is when they were folded in."""
    minute = max(0, at_ms - evidence.started_ms) // _MINUTE_MS
    ratio, ratio_node = evidence.ratio, evidence.ratio_node
    for stratum in strata:
        if stratum.share is None or not 0 < stratum.share < 1:
            continue
        counted = [(arm.callers if stratum.sticky else arm.requests) for arm in (stratum.control, stratum.candidate)]
        if stratum.sticky:
            # A caller is new on each node that it meets, and on all of them falls to the same arm: one node speaks.
            ratio_node = ratio_node or stratum.node
            if stratum.node != ratio_node:
                continue
        ratio = check_ratio(ratio, controls=counted[0], candidates=counted[1], share=stratum.share)
    return msgspec.structs.replace(
        evidence,
        proofs=tuple(_folded(proof, strata, outcomes, at_ms=at_ms, minute=minute) for proof in evidence.proofs),
        ratio=ratio,
        ratio_node=ratio_node,
        requests=evidence.requests + sum(one.control.requests + one.answered for one in strata),
        candidate_requests=evidence.candidate_requests + sum(one.answered for one in strata),
        candidate_errors=evidence.candidate_errors + sum(min(one.candidate.errors, one.answered) for one in strata),
    )


def _folded(
    proof: Proof, strata: tuple[Stratum, ...], outcomes: tuple[Scored, ...], *, at_ms: int, minute: int
) -> Proof:
    if proof.guard.measure is Measure.MEAN:
        return _with_outcomes(proof, outcomes, at_ms=at_ms, minute=minute)
    for stratum in strata:
        proof = _with_stratum(proof, stratum, minute=minute)
    return proof


def _with_stratum(proof: Proof, stratum: Stratum, *, minute: int) -> Proof:
    guard = proof.guard
    control, candidate = _counts(proof, stratum)
    harm = bet(proof.harm, guard.rate_harm(), control=control, candidate=candidate, at_ms=stratum.at_ms, minute=minute)
    safe = bet_on_usual(
        proof.safe, guard.rate_safe(), control=control, candidate=candidate, at_ms=stratum.at_ms, minute=minute
    )
    return msgspec.structs.replace(
        proof,
        harm=harm,
        safe=safe,
        harm_peak=max(proof.harm_peak, harm.log),
        safe_peak=max(proof.safe_peak, safe.log),
        control=(proof.control[0] + control.requests, proof.control[1] + control.events),
        candidate=(proof.candidate[0] + candidate.requests, proof.candidate[1] + candidate.events),
        below=tuple(_with_level(proof, level, stratum, minute=minute) for level in proof.below),
        **_latency(proof, stratum, control),
    )


def _with_level(proof: Proof, level: Level, stratum: Stratum, *, minute: int) -> Level:
    control, candidate = _beyond(proof, stratum, level.quantile)
    null = proof.guard.rate_safe()
    safe = bet_on_usual(level.safe, null, control=control, candidate=candidate, at_ms=stratum.at_ms, minute=minute)
    return Level(
        quantile=level.quantile,
        safe=safe,
        safe_peak=max(level.safe_peak, safe.log),
        control=(level.control[0] + control.requests, level.control[1] + control.events),
        candidate=(level.candidate[0] + candidate.requests, level.candidate[1] + candidate.events),
    )


def _latency(proof: Proof, stratum: Stratum, control: Counts) -> dict[str, Any]:
    """The control's latencies as the next stratum will remember them; a stall weighs no more than usual slowness."""
    if proof.guard.measure is not Measure.QUANTILE:
        return {}
    keep = faded(stratum.at_ms - proof.latency_ms) if proof.latency_ms else 1.0
    stalls = unusual(proof.safe, control)
    weight = most_usual(proof.safe, control.requests) / control.events if stalls else 1.0
    return {
        "latency": remembered(proof.latency, stratum.control.latency, keep, weight),
        "latency_ms": max(stratum.at_ms, proof.latency_ms),
    }


def _counts(proof: Proof, stratum: Stratum) -> tuple[Counts, Counts]:
    guard = proof.guard
    if guard.quantile is not None:
        return _beyond(proof, stratum, guard.quantile)
    if guard.compares and stratum.has_copies:
        return Counts(0, 0), Counts(0, 0)
    if guard.measure is Measure.DISAGREEMENT:
        return Counts(0, 0), Counts(stratum.compared, stratum.differing)
    return _arm_counts(guard, stratum.control), _arm_counts(guard, stratum.candidate)


def _beyond(proof: Proof, stratum: Stratum, quantile: float) -> tuple[Counts, Counts]:
    """Of each arm's answers those beyond the control's quantile, as it is remembered."""
    bucket = threshold(proof.latency, quantile)
    if bucket is None or stratum.has_copies:
        return Counts(0, 0), Counts(0, 0)
    later = slower(bucket, proof.guard.slower)
    return beyond(stratum.control.latency, bucket), beyond(stratum.candidate.latency, later)


def _arm_counts(guard: Guard, arm: Arm) -> Counts:
    if guard.measure is Measure.ERROR_RATE:
        return Counts(arm.requests, arm.errors)
    slow = dict(arm.slow)
    # A node that does not count this threshold yet (it has not heard of the rollout) proves nothing.
    return Counts(arm.requests, slow[guard.slow_ms]) if guard.slow_ms in slow else Counts(0, 0)


def _with_outcomes(proof: Proof, outcomes: tuple[Scored, ...], *, at_ms: int, minute: int) -> Proof:
    guard = proof.guard
    mine = [one for one in outcomes if one.name == guard.outcome]
    outside = [one.value for one in mine if not guard.low <= one.value <= guard.high]
    if outside or proof.trouble:
        return msgspec.structs.replace(proof, trouble=proof.trouble or _outside(guard, outside[0]))
    arrived = tuple(Outcome(one.value, one.candidate, one.share) for one in mine)
    harm = bet_on_mean(proof.harm, guard.mean_harm(), arrived, at_ms=at_ms, minute=minute)
    safe = bet_on_mean(proof.safe, guard.mean_safe(), arrived, at_ms=at_ms, minute=minute)
    return msgspec.structs.replace(
        proof,
        harm=harm,
        safe=safe,
        harm_peak=max(proof.harm_peak, harm.log),
        safe_peak=max(proof.safe_peak, safe.log),
        control=_summed(proof.control, [one.value for one in mine if not one.candidate]),
        candidate=_summed(proof.candidate, [one.value for one in mine if one.candidate]),
    )


def _outside(guard: Guard, value: float) -> str:
    return (
        f"an outcome {guard.outcome} = {value:g} lies outside {guard.low:g}..{guard.high:g}, the range "
        f"the guard {guard.text!r} promises; start again with 'in LOW..HIGH' that holds all values"
    )


def _summed(have: tuple[int, float], values: list[float]) -> tuple[int, float]:
    return have[0] + len(values), have[1] + sum(values)
