"""Verdicts over traffic as it comes: bursts, stalls, outages, ramps, nights, jumps, silence, clocks that are off."""

import zlib
from collections import Counter
from statistics import median

import msgspec
import numpy as np
import pytest

from modelwright.serving.rollouts import words
from modelwright.serving.rollouts.evidence import SAFE_NEEDED, nothing_seen
from modelwright.serving.rollouts.guards import parse_all
from modelwright.serving.rollouts.machine import Phase, Rollout
from tests.serving.rollouts.streams import EQUAL, STREAMS, Candidate, run

ERRORS = ("error_rate not worse",)
LATENCY = ("p99 not worse",)
STEPS = (0.1, 0.3, 1.0)


def ends(name: str, candidate: Candidate, guards: tuple[str, ...], rollouts: int) -> list[Rollout]:
    """So many rollouts, each over a stream of its own."""
    found = []
    for seed in range(rollouts):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        found.append(run(STREAMS[name](rng), candidate, guards, rng, steps=STEPS))
    return found


def phases(rollouts: list[Rollout]) -> Counter[Phase]:
    return Counter(one.phase for one in rollouts)


@pytest.mark.parametrize("name", ["bursts", "outages", "stalled single seconds", "jump of the base rate"])
def test_a_doubled_error_rate_is_not_promoted_for_what_both_arms_suffer(name: str) -> None:
    """Trouble that is common to both says nothing of the candidate's own failures."""
    assert 0 == phases(ends(name, Candidate(factor=2), ERRORS, 6))[Phase.PROMOTED]


@pytest.mark.parametrize("name", ["bursts", "outages", "stalled single seconds"])
def test_a_slower_candidate_is_not_promoted_for_stalls_that_both_met(name: str) -> None:
    """Where the p99 is the length of a stall, the answers that met none tell."""
    assert 0 == phases(ends(name, Candidate(slower=2), LATENCY, 2))[Phase.PROMOTED]


@pytest.mark.parametrize(
    ("candidate", "guards"),
    [(Candidate(factor=2, at_share=0.25), ERRORS), (Candidate(slower=2, at_share=0.25), LATENCY)],
    ids=["errors", "latency"],
)
def test_harm_that_only_a_larger_share_brings_is_found(candidate: Candidate, guards: tuple[str, ...]) -> None:
    """What was proven at the first step promotes nothing that breaks at the second."""
    found = phases(ends("calm", candidate, guards, 6))

    assert 0 == found[Phase.PROMOTED]
    assert found[Phase.ROLLED_BACK] >= 5


def test_a_request_a_minute_decides_nothing() -> None:
    """Two hours of it are 120 requests, of which the candidate has a few: the rollout holds and a person decides."""
    for candidate in (EQUAL, Candidate(more=0.5)):
        assert {Phase.HELD: 6} == phases(ends("a request a minute", candidate, ERRORS, 6))


def test_what_is_open_under_stalls_is_said() -> None:
    """The guard's own quantile may be proven and a lower one not: a person reads which."""
    proof = nothing_seen(parse_all(LATENCY), started_ms=0).proofs[0]
    proven = msgspec.structs.replace(
        proof, safe_peak=SAFE_NEEDED, control=(9000, 90), candidate=(1000, 11), latency=(0,) * 20 + (100, 900, 50, 5)
    )
    tenth, half = proof.below
    slower = msgspec.structs.replace(tenth, control=(9000, 900), candidate=(1000, 260))
    open_still = msgspec.structs.replace(
        proven, below=(slower, msgspec.structs.replace(half, safe_peak=SAFE_NEEDED, candidate=(1000, 700)))
    )
    kept = msgspec.structs.replace(
        proven, below=tuple(msgspec.structs.replace(level, safe_peak=SAFE_NEEDED) for level in proof.below)
    )

    assert "26.00 % took longer than the control's p90, against 10.00 %" in words.rates(open_still)
    assert "p90" not in words.rates(kept)
    assert open_still.safety_peak == 0.0
    assert kept.safety_peak == SAFE_NEEDED


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", STREAMS)
def test_failures_are_judged_within_the_promised_errors(name: str) -> None:
    """200 equal candidates and 200 with a doubled error rate over each stream."""
    equal = phases(ends(name, EQUAL, ERRORS, 200))
    doubled = phases(ends(name, Candidate(factor=2), ERRORS, 200))

    assert equal[Phase.ROLLED_BACK] <= 10
    assert doubled[Phase.PROMOTED] <= 2


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", STREAMS)
def test_latency_is_judged_within_the_promised_errors(name: str) -> None:
    """100 equal candidates and 100 that are half as slow again over each stream."""
    equal = phases(ends(name, EQUAL, LATENCY, 100))
    slower = phases(ends(name, Candidate(slower=1.5), LATENCY, 100))

    assert equal[Phase.ROLLED_BACK] <= 5
    assert slower[Phase.PROMOTED] <= 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_harm_is_found_soon_in_bursts() -> None:
    """Two points more, over bursts of failures that are common to both: half of them within a quarter of an hour."""
    found = ends("bursts", Candidate(more=0.02), ERRORS, 60)

    assert {Phase.ROLLED_BACK: 60} == phases(found)
    assert median(one.entered_ms for one in found) <= 15 * 60_000
