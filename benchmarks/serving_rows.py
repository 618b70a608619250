"""The rows of the serving table. Each function measures one kind of work, ours and a peer's in turn in every round."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from benchmarks.report import Row
from benchmarks.serving_models import v2_single_bodies
from benchmarks.serving_processes import Burst, CannotRun, Running, running
from benchmarks.serving_targets import ONNX, Target, ours

# A machine that others use too gives a third more or less from one second to the next: with few rounds, the share that
# a feature leaves would be told by that and not by the feature. Short ones are the more alike within a pair.
OWN_ROUNDS, OWN_SECONDS = 24, 1
SETTLE_S, LOOK_S = 2.0, 0.2
Tell = Callable[[str], None]


class Plan(msgspec.Struct, frozen=True):
    """How long and how often each server is loaded, and on how many connections."""

    rounds: int = 3
    seconds: int = 3
    connections: int = 64


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """What one of our arrangements is asked to reach against a peer whose name begins with `peer`."""

    work: str
    ours: Target
    times: dict[str, float]
    p99_ms: float | None = None


def in_turn(servers: Sequence[Running], plan: Plan) -> list[list[Burst]]:
    """The bursts of each server: one round after the other, every server in each, after one burst to warm up.

    Each begins when the others have done what the last one left them, or go on doing something whatever happens.
    """
    for one in servers:
        one.burst(connections=plan.connections, seconds=1)
    found: list[list[Burst]] = [[] for _ in servers]
    for _ in range(plan.rounds):
        for bursts, one in zip(found, servers, strict=True):
            _settle(servers)
            bursts.append(one.burst(connections=plan.connections, seconds=plan.seconds))
    return found


def _settle(servers: Sequence[Running]) -> None:
    """Return once all of them together take less than a twentieth of a processor, or after two seconds."""
    late = time.monotonic() + SETTLE_S
    while time.monotonic() < late:
        before = sum(one.cpu_s() for one in servers)
        time.sleep(LOOK_S)
        if sum(one.cpu_s() for one in servers) - before < LOOK_S / 20:
            return


def against_peers(
    contests: Sequence[Contest], peers: Sequence[Target], models: Path, plan: Plan, tell: Tell
) -> Iterator[Row]:
    """A row per contest and peer; ours stay up, one peer is up at a time, so that idle peers cost nobody anything."""
    with ExitStack() as stack:
        mine = [stack.enter_context(running(one.ours, models)) for one in contests]
        for peer in peers:
            tell(f"{peer.name}: {', '.join(one.work for one in contests)}")
            try:
                with running(peer, models) as theirs:
                    *found, other = in_turn([*mine, theirs], plan)
                    lone_theirs = theirs.burst(connections=1, seconds=plan.seconds)
            except CannotRun as error:
                tell(f"  {peer.name} cannot run here: {error}")
                yield from (_missing(one, peer, str(error)) for one in contests)
                continue
            for contest, bursts in zip(contests, found, strict=True):
                yield _contested(contest, peer, bursts, other)
            lone = mine[0].burst(connections=1, seconds=plan.seconds)
            yield _lone(contests[0], peer, lone, lone_theirs)


def brief(why: str) -> str:
    """The first and the last line of a reason, fit for a cell."""
    lines = [line.strip().replace("|", "/") for line in why.splitlines() if line.strip()]
    return " ... ".join(dict.fromkeys(line[:150] for line in (lines[0], lines[-1]))) if lines else "for no reason given"


def _asked(contest: Contest, peer: Target) -> float | None:
    return next((times for name, times in contest.times.items() if peer.name.startswith(name)), None)


def _name(contest: Contest) -> str:
    return f"{contest.work}, 64 connections"


def _missing(contest: Contest, peer: Target, why: str) -> Row:
    return Row(
        name=_name(contest),
        unit="req/s",
        ours=[],
        theirs=[],
        more_is_better=True,
        times=_asked(contest, peer),
        peer=peer.name,
        missing=brief(why),
    )


def _contested(contest: Contest, peer: Target, mine: list[Burst], theirs: list[Burst]) -> Row:
    return Row(
        name=_name(contest),
        unit="req/s",
        ours=[one.wrk.per_second for one in mine],
        theirs=[one.wrk.per_second for one in theirs],
        more_is_better=True,
        times=_asked(contest, peer),
        side=[one.wrk.p99_ms for one in mine],
        side_name="p99 ms",
        side_at_most=contest.p99_ms,
        failed_ours=sum(one.wrk.failed for one in mine),
        failed_theirs=sum(one.wrk.failed for one in theirs),
        peer=peer.name,
        cpu=([one.cpu_us for one in mine], [one.cpu_us for one in theirs]),
    )


def _lone(contest: Contest, peer: Target, mine: Burst, theirs: Burst) -> Row:
    return Row(
        name=f"{contest.work}, p50 of a lone caller",
        unit="ms",
        ours=[mine.wrk.p50_ms],
        theirs=[theirs.wrk.p50_ms] if theirs.wrk.requests else [],  # it may answer not one within a short burst
        more_is_better=False,
        at_most=1.0,
        peer=peer.name,
        failed_ours=mine.wrk.failed,
        failed_theirs=theirs.wrk.failed,
    )


def own_costs(models: Path, plan: Plan, tell: Tell) -> Iterator[Row]:
    """What each of our own features costs, against our node without it; `at least` is a share of the requests."""
    plan = msgspec.structs.replace(plan, rounds=max(plan.rounds, OWN_ROUNDS), seconds=OWN_SECONDS)
    pairs = (
        ("forest: everything on, against all off", 0.7, ours("on", "--ledger"), ours("off")),
        ("split between two versions, against direct", 0.9, _onnx("--arrangement", "split"), ONNX),
        ("shadow, against direct", 0.7, _onnx("--arrangement", "shadow"), ONNX),
        ("isolated worker, against inside the node", 0.9, _onnx("--isolation", "worker"), ONNX),
    )
    for work, times, one, other in pairs:
        tell(work)
        with running(one, models) as mine, running(other, models) as theirs:
            yield _contested(
                Contest(work=work, ours=one, times={"": times}), _unnamed(other), *in_turn([mine, theirs], plan)
            )


def _onnx(*options: str) -> Target:
    return ours(" ".join(options), "--ledger", *options, bodies=v2_single_bodies, model="onnx")


def _unnamed(target: Target) -> Target:
    return msgspec.structs.replace(target, name="ours")


def crowd(models: Path, plan: Plan, tell: Tell) -> Iterator[Row]:
    """Twenty models in one node; one hangs on every call while the others are measured."""
    tell("twenty models in one node, one of which hangs")
    bad = models / "bad"
    target = ours(
        "crowd", "--ledger", "--arrangement", "crowd", "--bad", str(bad), bodies=v2_single_bodies, model="onnx"
    )
    with running(target, models) as node:
        spoilt: list[Burst] = []
        calm: list[Burst] = []
        node.burst(seconds=1)
        for _ in range(plan.rounds):
            calm.append(node.burst(seconds=plan.seconds))
            with hanging(node):
                spoilt.append(node.burst(seconds=plan.seconds))
    contest = Contest(
        work="20 models, one hangs: the others, against when it is not asked", ours=target, times={"": 0.9}
    )
    yield _contested(contest, _unnamed(target), spoilt, calm)


def start(models: Path, plan: Plan, tell: Tell) -> Iterator[Row]:
    """From starting the process to the first answer of an ONNX model, and the node's memory after a burst."""
    tell("start and memory of a node with an ONNX model")
    seconds, megabytes = [], []
    for _ in range(plan.rounds):
        with running(ONNX, models) as node:
            seconds.append(node.start_s)
            node.burst(seconds=1)
            megabytes.append(node.memory_mb())
    yield _bounded("node, start to first answer, ONNX", "s", seconds, 1.0)
    yield _bounded("node with an ONNX model, memory (PSS)", "MB", megabytes, 120.0)


def _bounded(name: str, unit: str, values: list[float], at_most: float) -> Row:
    return Row(name=name, unit=unit, ours=values, theirs=[], more_is_better=False, at_most=at_most)


@contextmanager
def hanging(node: Running) -> Iterator[None]:
    """Callers who ask the hanging model for as long as the block lasts, each again once it was told to give up."""
    stop = threading.Event()
    body = v2_single_bodies(1)[0]

    def ask() -> None:
        while not stop.is_set():
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
                connection.request("POST", "/v2/models/bad/infer", body, {"Content-Type": "application/json"})
                connection.getresponse().read()

    callers = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for one in callers:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in callers:
            one.join()
