"""What a rollout is asked to do, checked once when it starts."""

import itertools
import re
from enum import StrEnum
from typing import Annotated

import msgspec

from modelwright.core.errors import BadInput
from modelwright.serving.rollouts.guards import Guard, Measure

DEFAULT_GUARDS = ("error_rate not worse",)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)")
_SPAN_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_MAX_STEPS = 20
MOST_REPLAYED = 100_000


class Kind(StrEnum):
    """How traffic moves."""

    # One line above: it is part of the API's description, where releases of Python differ in how they indent more.
    CANARY = "canary"  # goes up its steps as safety is proven
    AB = "ab"  # stays at one split until a verdict, and leaves the rest to people
    BLUE_GREEN = "blue_green"  # moves everything at once and watches
    SHADOW = "shadow"  # mirrors only


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`control` and `candidate` are route ids, the `_label`s what people call them (`fraud:18`).

    `steps` are the candidate's shares, rising. `replay_rows` is how many of the newest stored rows the candidate is
    asked before anything else. `shadow_ms` is how long requests are mirrored before the first
    step. `dwell_ms` is the least time on each step. At `deadline_ms` after the start the rollout holds.
    """

    kind: Kind
    control: str
    candidate: str
    control_label: str
    candidate_label: str
    steps: tuple[Annotated[float, msgspec.Meta(gt=0, le=1)], ...]
    guards: tuple[Guard, ...]
    shadow_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    dwell_ms: Annotated[int, msgspec.Meta(ge=0)] = 60_000
    deadline_ms: Annotated[int, msgspec.Meta(gt=0)] = 7_200_000
    replay_rows: Annotated[int, msgspec.Meta(ge=0, le=MOST_REPLAYED)] = 0

    def checked(self) -> "Plan":
        """This plan, or BadInput that names what could never work."""
        _check_steps(self)
        for guard in self.guards:
            _check_guard(self, guard)
        if self.replay_rows and not any(guard.replayable for guard in self.guards):
            raise BadInput(
                "none of the guards can be decided by a replay of stored answers, which has no failures of the control "
                "and other latencies; add one that can: 'error_rate < 1%' or 'disagreement < 2%'"
            )
        if self.shadow_ms >= self.deadline_ms:
            raise BadInput(
                f"shadow for {self.shadow_ms // 1000} s leaves no time before the deadline of "
                f"{self.deadline_ms // 1000} s; give a later deadline"
            )
        return self

    def slow_thresholds_ms(self) -> tuple[float, ...]:
        """The latencies that nodes must count exactly for the guards."""
        return tuple(sorted({guard.slow_ms for guard in self.guards if guard.slow_ms is not None}))


def _check_steps(plan: Plan) -> None:
    steps = plan.steps
    if plan.kind is Kind.SHADOW:
        if steps:
            raise BadInput("a shadow rollout answers nobody and has no steps; leave them out, or ask for a canary")
        return
    if not steps or len(steps) > _MAX_STEPS:
        raise BadInput(f"{len(steps)} steps given; a rollout has 1 to {_MAX_STEPS}, such as 5%,25%,100%")
    within = all(0 < step <= 1 for step in steps)
    if not within or any(before >= after for before, after in itertools.pairwise(steps)):
        raise BadInput(
            f"steps {in_percent(steps)} do not rise between 0% and 100%; write such as 5%,25%,100%",
            steps=steps,
        )
    if plan.kind is Kind.AB and (len(steps) != 1 or steps[0] == 1):
        raise BadInput(f"an A/B rollout has one split below 100%, such as 50%, not {in_percent(steps)}")
    if plan.kind is Kind.BLUE_GREEN and steps != (1.0,):
        raise BadInput(f"blue/green moves all at once: its only step is 100%, not {in_percent(steps)}")
    if plan.kind is Kind.CANARY and steps[0] == 1:
        raise BadInput("a canary that starts at 100% compares with nobody; give a first step, or ask for blue/green")


def _check_guard(plan: Plan, guard: Guard) -> None:
    if guard.compares and plan.kind is Kind.BLUE_GREEN:
        raise BadInput(
            f"the guard {guard.text!r} compares with a control that answers at the same time, and blue/green "
            "leaves none; use an absolute guard such as 'error_rate < 1%'",
            guard=guard.text,
        )
    if guard.compares and plan.kind is Kind.SHADOW:
        raise BadInput(
            f"the guard {guard.text!r} compares independent requests, and a shadow sees copies; use "
            "'error_rate < 1%' or 'disagreement < 2%'",
            guard=guard.text,
        )
    sees_answers = plan.shadow_ms or plan.replay_rows or plan.kind is Kind.SHADOW
    if guard.measure is Measure.DISAGREEMENT and not sees_answers:
        raise BadInput(
            f"the guard {guard.text!r} needs mirrored or stored requests; start with a shadow phase (--shadow 10m) or "
            "a replay (--replay 1000)",
            guard=guard.text,
        )


def in_percent(shares: tuple[float, ...]) -> str:
    return ",".join(f"{share * 100:g}%" for share in shares)


def parse_steps(text: str) -> tuple[float, ...]:
    """'5%,25%,100%' as (0.05, 0.25, 1.0)."""
    shares = []
    for part in text.replace(" ", "").split(","):
        match = _PERCENT.fullmatch(part)
        if match is None:
            raise BadInput(f"{part!r} in {text!r} is not a percentage; write such as 5%,25%,100%", steps=text)
        shares.append(float(match[1]) / 100)
    return tuple(shares)


def parse_span_ms(text: str) -> int:
    """'90s', '10m', '2h', '1d' in milliseconds."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"{text!r} is not a span of time; write such as 90s, 10m, 2h or 1d", span=text)
    return int(float(match[1]) * _SPAN_MS[match[2]])
