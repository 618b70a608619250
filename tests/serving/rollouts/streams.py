"""Made-up traffic, second by second, as a service meets it: bursts, stalls, ramps, nights, jumps, silence.

A stream says what both arms have in common: how many requests come in each second, how many of them fail whatever
version answers, and what part of them meets a stall of the machine. A candidate adds its own faults to that. Rollouts
see nothing of seconds: they get the sums of ten, as nodes report them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from modelwright.serving.model import LATENCY_EDGES_MS
from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.evidence import Arm, Stratum
from modelwright.serving.rollouts.machine import Phase, Rollout
from tests.serving.rollouts.plans import a_plan

Floats = NDArray[np.float64]

LASTS_S = 7_200
_WINDOW_S = 10


class Stream(NamedTuple):
    """Arrays over the seconds: requests per second, the part that fails in either arm, the part that is stalled.

    `typical_ms` is the control's median latency, `stall_ms` what a stall adds, `tail` the log-normal's sigma.
    `clock_off_ms`: the node's clock is off by up to so much either way, differently in each window.
    """

    arrivals: Floats
    base: Floats
    stalled: Floats
    typical_ms: Floats
    stall_ms: float = 200.0
    tail: float = 0.5
    clock_off_ms: int = 0


def calm(rng: np.random.Generator, *, per_minute: float = 1000, base: float = 0.01) -> Stream:
    del rng
    flat = np.ones(LASTS_S)
    return Stream(flat * per_minute / 60, flat * base, flat * 0, flat * 15)


def _spells(rng: np.random.Generator, share: float, typical_s: float) -> Floats:
    """1.0 in about `share` of all seconds, in spells of about `typical_s`; else 0.0."""
    on = np.zeros(LASTS_S)
    at = 0.0
    while at < LASTS_S:
        at += rng.exponential(typical_s * (1 - share) / share)
        lasts = rng.exponential(typical_s)
        on[int(at) : int(at + lasts) + 1] = 1.0
        at += lasts
    return on


def _single_seconds(rng: np.random.Generator) -> Stream:
    on = (rng.random(LASTS_S) < 0.1) * 1.0
    flat = calm(rng)
    return flat._replace(base=flat.base + 0.1 * on, stalled=np.multiply(on, 0.3))


def _bursts(rng: np.random.Generator) -> Stream:
    on = _spells(rng, 0.1, 20)
    flat = calm(rng)
    return flat._replace(base=flat.base + 0.2 * on, stalled=np.multiply(on, 0.3))


def _outages(rng: np.random.Generator) -> Stream:
    """Everything fails, or hangs, for a minute or so, again and again."""
    on = _spells(rng, 0.1, 60)
    flat = calm(rng)
    return flat._replace(base=np.maximum(flat.base, 0.9 * on), stalled=on)


def _ramp(rng: np.random.Generator) -> Stream:
    flat, up = calm(rng), np.linspace(0, 1, LASTS_S)
    return flat._replace(arrivals=flat.arrivals * (0.2 + 2 * up), base=0.01 + 0.03 * up, typical_ms=10 + 40 * up)


def _day_and_night(rng: np.random.Generator) -> Stream:
    flat, turn = calm(rng), np.sin(np.arange(LASTS_S) / LASTS_S * 4 * np.pi + rng.uniform(0, 6.3))
    return flat._replace(arrivals=flat.arrivals * (1 + 0.9 * turn), base=0.02 - 0.012 * turn, typical_ms=20 + 10 * turn)


def _jump(rng: np.random.Generator) -> Stream:
    flat, at = calm(rng), int(rng.integers(120, 2400))
    later = np.arange(LASTS_S) >= at
    return flat._replace(base=np.where(later, 0.05, 0.01), typical_ms=np.where(later, 45.0, 15.0))


def _heavy_tails(rng: np.random.Generator) -> Stream:
    return calm(rng)._replace(tail=1.6)


def _stops(rng: np.random.Generator) -> Stream:
    flat = calm(rng)
    return flat._replace(arrivals=flat.arrivals * (1 - _spells(rng, 0.5, 300)))


def _skewed(rng: np.random.Generator) -> Stream:
    return calm(rng)._replace(clock_off_ms=900_000)


def _quiet(rng: np.random.Generator) -> Stream:
    return calm(rng, per_minute=60)


def _trickle(rng: np.random.Generator) -> Stream:
    return calm(rng, per_minute=1)


STREAMS: dict[str, Callable[[np.random.Generator], Stream]] = {
    "calm": calm,
    "stalled single seconds": _single_seconds,
    "bursts": _bursts,
    "outages": _outages,
    "ramp": _ramp,
    "day and night": _day_and_night,
    "jump of the base rate": _jump,
    "heavy tails": _heavy_tails,
    "traffic that stops": _stops,
    "clock skew": _skewed,
    "low traffic": _quiet,
    "a request a minute": _trickle,
}


class Candidate(NamedTuple):
    """`factor` times the control's failures, `more` failures by itself, `slower` times its latency; from `since_s` on,
    and where it bears at least `at_share` of the traffic.
    """

    factor: float = 1.0
    more: float = 0.0
    slower: float = 1.0
    since_s: int = 0
    at_share: float = 0.0


EQUAL = Candidate()


def run(
    stream: Stream, candidate: Candidate, guards: tuple[str, ...], rng: np.random.Generator, *, steps: tuple[float, ...]
) -> Rollout:
    """One rollout over the stream, to its end."""
    plan = a_plan(*guards, steps=steps)
    state = machine.replay(machine.begin(plan, at_ms=0, by="ann"))
    timed = any(guard.quantile is not None for guard in plan.guards)
    for begins in range(0, LASTS_S, _WINDOW_S):
        stratum = _window(stream, candidate, rng, begins, state.share, timed=timed)
        now = (begins + _WINDOW_S) * 1000
        for event in machine.measure(state, (stratum,), at_ms=now - 1):
            state = machine.apply(state, event)
        for event in machine.decide(state, now_ms=now):
            state = machine.apply(state, event)
        if state.finished or state.phase is Phase.HELD:
            break
    return state


def _window(
    stream: Stream, candidate: Candidate, rng: np.random.Generator, begins: int, share: float, *, timed: bool
) -> Stratum:
    span = slice(begins, begins + _WINDOW_S)
    arrived = rng.poisson(stream.arrivals[span])
    mine = rng.binomial(arrived, share)
    base = stream.base[span]
    worse = begins >= candidate.since_s and share >= candidate.at_share
    own = np.minimum(base * candidate.factor + candidate.more, 1.0) if worse else base
    skew = int(rng.integers(-stream.clock_off_ms, stream.clock_off_ms + 1))

    def arm(counts: NDArray[np.int64], rates: Floats, slower: float) -> Arm:
        return Arm(
            requests=int(counts.sum()),
            errors=int(rng.binomial(counts, rates).sum()),
            latency=_latencies(stream, counts, rng, begins, slower) if timed else (),
        )

    return Stratum(
        at_ms=begins * 1000 + skew,
        share=share,
        control=arm(arrived - mine, base, 1.0),
        candidate=arm(mine, own, candidate.slower if worse else 1.0),
    )


def _latencies(
    stream: Stream, counts: NDArray[np.int64], rng: np.random.Generator, begins: int, slower: float
) -> tuple[int, ...]:
    """As nodes count them: the part of the answers that meets a stall takes that much longer, in either arm."""
    second = np.repeat(np.arange(begins, begins + _WINDOW_S), counts)
    times = stream.typical_ms[second] * slower * rng.lognormal(0, stream.tail, len(second))
    times += np.where(rng.random(len(second)) < stream.stalled[second], stream.stall_ms, 0.0)
    buckets = np.searchsorted(LATENCY_EDGES_MS, times, side="left")
    return tuple(np.bincount(buckets).tolist()) if len(buckets) else ()
