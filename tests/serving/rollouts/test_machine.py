"""A rollout moves only for a stated reason, and its events tell all of it again."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.core.errors import BadInput, Conflict
from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.evidence import Arm, Scored, Stratum
from modelwright.serving.rollouts.machine import AnyEvent, Phase, Rollout
from modelwright.serving.rollouts.plan import Kind, Plan, parse_span_ms, parse_steps
from modelwright.serving.rollouts.replay import Progress
from tests.serving.rollouts.plans import MINUTE, a_plan


class Life:
    """A rollout lived through minute by minute, with all its events kept."""

    def __init__(self, plan: Plan) -> None:
        self.events: list[AnyEvent] = machine.begin(plan, at_ms=0, by="ann")
        self.state: Rollout = machine.replay(self.events)
        self.now_ms = 0

    def happen(self, events: list[AnyEvent]) -> None:
        for event in events:
            self.events.append(event)
            self.state = machine.apply(self.state, event)

    def minute(self, stratum: Stratum | None = None, outcomes: tuple[Scored, ...] = ()) -> None:
        self.now_ms += MINUTE
        strata = (msgspec.structs.replace(stratum, at_ms=self.now_ms),) if stratum else ()
        self.happen(machine.measure(self.state, strata, outcomes, at_ms=self.now_ms))
        self.happen(machine.decide(self.state, now_ms=self.now_ms))

    @property
    def moves(self) -> list[str]:
        return [type(event).__name__ for event in self.events if not isinstance(event, machine.Measured)]


def both(requests: int, share: float, *, control_errors: int, candidate_errors: int) -> Stratum:
    mine = round(requests * share)
    return Stratum(
        at_ms=0,
        share=share,
        control=Arm(requests=requests - mine, errors=control_errors),
        candidate=Arm(requests=mine, errors=candidate_errors),
    )


def test_a_good_candidate_goes_up_its_steps_and_is_promoted_with_the_proof_in_words() -> None:
    """5 %, 25 %, then all; never before a minute on each step."""
    life = Life(a_plan("error_rate not worse"))
    while not life.state.finished and life.now_ms < 200 * MINUTE:
        life.minute(both(10_000, life.state.share, control_errors=95, candidate_errors=int(100 * life.state.share)))

    assert ["Started", "StepEntered", "StepEntered", "Promoted"] == life.moves
    assert life.state.phase is Phase.PROMOTED
    assert 1.0 == life.state.share
    assert "fraud:18 keeps every guard: 'error_rate not worse'" in life.state.reason


def test_a_bad_candidate_is_rolled_back_and_the_reason_names_rates_and_odds() -> None:
    """Ten times the errors at 5 % are enough within minutes."""
    life = Life(a_plan("error_rate not worse", "p99 < 30ms"))
    while not life.state.finished and life.now_ms < 60 * MINUTE:
        life.minute(both(2000, 0.05, control_errors=19, candidate_errors=10))

    assert life.state.phase is Phase.ROLLED_BACK
    assert 0.0 == life.state.share
    assert life.now_ms <= 3 * MINUTE
    assert "fraud:18 violates 'error_rate not worse': 10.00 % of" in life.state.reason
    assert "to 1" in life.state.reason


def test_slow_answers_violate_a_latency_guard() -> None:
    """p99 < 30ms is an absolute promise of the candidate: 5 % slow answers break it."""
    life = Life(a_plan("p99 < 30ms"))
    slow = Stratum(
        at_ms=0,
        share=0.05,
        control=Arm(requests=950, slow=((30.0, 1),)),
        candidate=Arm(requests=50, slow=((30.0, 3),)),
    )
    while not life.state.finished and life.now_ms < 60 * MINUTE:
        life.minute(slow)

    assert life.state.phase is Phase.ROLLED_BACK
    assert "took 30 ms or longer" in life.state.reason


def test_a_node_that_does_not_count_slow_answers_yet_proves_nothing() -> None:
    """No count is not a count of zero."""
    life = Life(a_plan("p99 < 30ms"))
    for _ in range(10):
        life.minute(both(10_000, 0.05, control_errors=0, candidate_errors=0))

    assert Phase.STEPPING is life.state.phase
    assert 0.0 == life.state.evidence.confidence()


def test_without_traffic_a_rollout_holds_at_its_deadline_and_goes_on_when_told() -> None:
    """Silence is no proof; a person resumes it, and the deadline counts anew."""
    life = Life(a_plan("error_rate not worse", deadline_ms=10 * MINUTE))
    for _ in range(12):
        life.minute()

    held = life.state

    assert Phase.HELD is held.phase
    assert 0.05 == held.share
    assert "deadline of 10 min reached with 'error_rate not worse' (nothing seen yet)" in held.reason

    life.happen(machine.resume(life.state, by="ann", at_ms=life.now_ms))
    life.minute()

    assert Phase.STEPPING is life.state.phase
    assert life.now_ms - MINUTE + 10 * MINUTE == life.state.deadline_at_ms


def test_a_held_rollout_is_still_rolled_back_when_harm_shows() -> None:
    """Holding stops promotion, not protection."""
    life = Life(a_plan("error_rate not worse", deadline_ms=2 * MINUTE))
    life.minute()
    life.minute()
    held = life.state.phase
    for _ in range(5):
        life.minute(both(2000, 0.05, control_errors=19, candidate_errors=40))

    assert Phase.HELD is held
    assert Phase.ROLLED_BACK is life.state.phase


def test_traffic_that_ignores_the_shares_holds_the_rollout() -> None:
    """20 % of requests where 5 % should be: no comparison is trusted."""
    life = Life(a_plan("error_rate not worse"))
    life.minute(Stratum(at_ms=0, share=0.05, control=Arm(requests=800), candidate=Arm(requests=200)))

    assert Phase.HELD is life.state.phase
    assert "the candidate got 200 of 1000 requests" in life.state.reason


def test_shadow_comes_first_and_its_copies_prove_nothing_in_a_comparison() -> None:
    """Ten minutes of copies, judged only by absolute guards; then the first step."""
    life = Life(a_plan("error_rate not worse", "disagreement < 2%", shadow_ms=10 * MINUTE))
    assert life.state.mirrors
    copies = Stratum(
        at_ms=0,
        share=0.0,
        control=Arm(requests=1000, errors=0),
        candidate=Arm(requests=1000, errors=300),
        compared=1000,
        differing=2,
    )
    for _ in range(9):
        life.minute(copies)
    early = life.state
    life.minute(copies)

    assert Phase.SHADOW is early.phase
    assert 0.0 == early.share
    assert early.evidence.proofs[0].harm_peak <= 0
    assert Phase.STEPPING is life.state.phase
    assert not life.state.mirrors
    assert (10_000, 0, 0) == _exposure(life.state)


def test_copies_that_are_counted_beside_answers_expose_nobody_and_are_not_compared() -> None:
    """The window in which the first step began holds both; what callers got is the rest."""
    life = Life(a_plan("error_rate not worse"))
    mixed = Stratum(at_ms=0, control=Arm(requests=500), candidate=Arm(requests=500, errors=20), compared=450)
    life.minute(mixed)

    assert (550, 50, 20) == _exposure(life.state)
    assert (0, 0.0) == life.state.evidence.proofs[0].candidate


def _exposure(state: machine.Rollout) -> tuple[int, int, int]:
    found = state.evidence
    return found.requests, found.candidate_requests, found.candidate_errors


def test_what_no_node_has_loaded_goes_nowhere_until_one_has() -> None:
    """It waits once, is held at its deadline, and its time begins anew when the candidate is there."""
    life = Life(a_plan("error_rate < 50%", shadow_ms=10 * MINUTE, deadline_ms=60 * MINUTE))

    def later(minutes: int, *, ready: bool) -> list[str]:
        life.now_ms += minutes * MINUTE
        before = len(life.events)
        life.happen(machine.decide(life.state, now_ms=life.now_ms, ready=ready))
        return [str(event.__struct_config__.tag) for event in life.events[before:]]

    told = [later(5, ready=False), later(5, ready=False), later(20, ready=False), later(5, ready=True)]
    told += [later(5, ready=True), later(5, ready=True), later(20, ready=False)]

    assert [["waited"], [], [], ["loaded"], [], ["step_entered"], ["held"]] == told
    assert "no node has fraud:18 loaded. Roll back" in life.state.reason
    assert life.state == machine.replay(life.events)


def test_loading_is_no_part_of_the_first_steps_time() -> None:
    """Callers see a step for as long as was asked, however long the candidate took; where it is there, nobody waits."""
    for loading_s, told in ((0, []), (40, ["waited", "loaded"])):
        life = Life(a_plan(steps=(0.5, 1.0)))
        began_ms = life.now_ms
        while life.state.step == 0 and life.now_ms < began_ms + 10 * MINUTE:
            life.now_ms += 1_000
            ready = life.now_ms > began_ms + loading_s * 1_000
            life.happen(machine.decide(life.state, now_ms=life.now_ms, ready=ready))
        tags = [one.__struct_config__.tag for one in life.events]

        assert ["started", "step_entered", *told, "step_entered"] == tags
        assert loading_s + 60 <= (life.now_ms - began_ms) / 1_000 <= loading_s + 62


def test_a_node_out_of_hearing_for_a_moment_costs_a_later_step_nothing() -> None:
    """Only when its time is up must a node have the candidate."""
    life = Life(a_plan(steps=(0.2, 0.5, 1.0)))
    heard = {5: False, 61: True, 90: False, 91: True, 122: True}
    for second, ready in heard.items():
        life.now_ms = life.state.started_ms + second * 1_000
        life.happen(machine.decide(life.state, now_ms=life.now_ms, ready=ready))
    at = {one.__struct_config__.tag: (one.at_ms - life.state.started_ms) // 1_000 for one in life.events}

    assert {"started": 0, "step_entered": 122, "waited": 5, "loaded": 61} == at


def test_shadow_waits_until_agreement_is_proven() -> None:
    """A guard that only copies can decide keeps the candidate in the shadow until it is decided."""
    life = Life(a_plan("disagreement < 2%", shadow_ms=2 * MINUTE))
    few = Stratum(at_ms=0, share=0.0, candidate=Arm(requests=10), compared=10, differing=0)
    for _ in range(5):
        life.minute(few)

    assert Phase.SHADOW is life.state.phase


def test_blue_green_moves_everything_and_watches() -> None:
    """All at once under an absolute guard; back at once when it breaks."""
    good = Life(a_plan("error_rate < 5%", kind=Kind.BLUE_GREEN, steps=(1.0,)))
    bad = Life(a_plan("error_rate < 5%", kind=Kind.BLUE_GREEN, steps=(1.0,)))
    at_once = good.state.share
    for _ in range(3):
        good.minute(Stratum(at_ms=0, share=1.0, candidate=Arm(requests=500, errors=2)))
    bad.minute(Stratum(at_ms=0, share=1.0, candidate=Arm(requests=500, errors=80)))

    assert 1.0 == at_once
    assert Phase.PROMOTED is good.state.phase
    assert Phase.ROLLED_BACK is bad.state.phase


def test_an_ab_rollout_ends_in_a_verdict_and_leaves_the_choice_to_people() -> None:
    """Half and half until proven; then held, and promoted by hand."""
    life = Life(a_plan("error_rate not worse by 5%", kind=Kind.AB, steps=(0.5,)))
    while life.state.phase is Phase.STEPPING and life.now_ms < 60 * MINUTE:
        life.minute(both(1000, 0.5, control_errors=5, candidate_errors=5))
    held = life.state
    life.happen(machine.promote(life.state, by="ann", at_ms=life.now_ms))

    assert Phase.HELD is held.phase
    assert "keeps every guard" in held.reason
    assert Phase.PROMOTED is life.state.phase
    assert "ann moved all traffic to fraud:18" == life.state.reason


def test_outcomes_decide_a_guard_on_value() -> None:
    """A candidate whose outcomes are worth less is rolled back when the outcomes arrive."""
    life = Life(a_plan("mean(value) not worse", steps=(0.2, 1.0)))
    worse = tuple(
        Scored(name="value", value=float(i % 10 < (3 if mine else 7)), candidate=mine, share=0.2)
        for i in range(500)
        for mine in (i % 5 == 0,)
    )
    while not life.state.finished and life.now_ms < 60 * MINUTE:
        life.minute(outcomes=worse)

    assert Phase.ROLLED_BACK is life.state.phase


def test_an_outcome_outside_its_range_holds_the_rollout_and_says_so() -> None:
    """The statistics hold only for the range that was promised; nothing is clamped."""
    life = Life(a_plan("mean(value) not worse"))
    life.minute(outcomes=(Scored(name="value", value=37.0, candidate=True, share=0.05),))

    assert Phase.HELD is life.state.phase
    assert "value = 37 lies outside 0..1" in life.state.reason


def test_orders_after_the_end_are_refused() -> None:
    """What is over stays over."""
    life = Life(a_plan())
    life.happen(machine.abort(life.state, by="ann", at_ms=1))

    assert Phase.ABORTED is life.state.phase
    for order in (machine.promote, machine.roll_back, machine.abort):
        with pytest.raises(Conflict, match="the rollout is aborted"):
            order(life.state, by="bob", at_ms=2)
    with pytest.raises(Conflict, match="only a held one resumes"):
        machine.resume(life.state, by="bob", at_ms=2)
    assert [] == machine.decide(life.state, now_ms=10**9)


@pytest.mark.parametrize(
    ("plan", "part"),
    [
        (a_plan(steps=()), "0 steps given"),
        (a_plan(steps=(0.5, 0.25)), "do not rise"),
        (a_plan(steps=(0.0, 1.0)), "do not rise between"),
        (a_plan(steps=(1.0,)), "compares with nobody"),
        (a_plan(kind=Kind.AB), "one split below 100%"),
        (a_plan(kind=Kind.BLUE_GREEN), "its only step is 100%"),
        (a_plan("error_rate not worse", kind=Kind.BLUE_GREEN, steps=(1.0,)), "blue/green leaves none"),
        (a_plan(kind=Kind.SHADOW), "answers nobody"),
        (a_plan("error_rate not worse", kind=Kind.SHADOW, steps=()), "a shadow sees copies"),
        (a_plan("disagreement < 2%"), "--shadow 10m"),
        (a_plan(shadow_ms=MINUTE, deadline_ms=MINUTE), "leaves no time"),
    ],
)
def test_a_plan_that_could_never_work_is_refused_at_the_start(plan: Plan, part: str) -> None:
    """Better than a rollout that waits for its deadline."""
    with pytest.raises(BadInput) as refused:
        machine.begin(plan, at_ms=0, by="ann")

    assert part in refused.value.message


@settings(deadline=None, max_examples=60)
@given(
    minutes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=25),
    shadow=st.booleans(),
)
def test_events_replay_to_the_same_state_also_through_json(
    minutes: list[tuple[int, int, int]],
    shadow: bool,  # noqa: FBT001 - hypothesis passes by name
) -> None:
    """Whatever happened, the stored events alone lead to the state that was reached."""
    life = Life(a_plan("error_rate not worse", shadow_ms=3 * MINUTE if shadow else 0))
    for requests, control_errors, candidate_errors in minutes:
        life.minute(
            both(
                requests * 10,
                life.state.share,
                control_errors=min(control_errors, requests * 7),
                candidate_errors=min(candidate_errors, round(requests * 10 * life.state.share)),
            )
        )

    stored = msgspec.json.encode(life.events)
    read = msgspec.json.decode(stored, type=list[AnyEvent])

    assert life.state == machine.replay(read)
    assert all(event.reason for event in read if not isinstance(event, machine.Measured))


def test_steps_and_spans_are_read_as_people_write_them() -> None:
    """5%,25%,100% and 10m; anything else is refused with an example."""
    assert (0.05, 0.25, 1.0) == parse_steps("5%, 25%,100%")
    assert 600_000 == parse_span_ms("10m")
    with pytest.raises(BadInput, match="not a percentage"):
        parse_steps("5,25")
    with pytest.raises(BadInput, match="not a span of time"):
        parse_span_ms("10")


def replayed(*guards: str, shadow_ms: int = 0) -> Life:
    return Life(a_plan(*guards, replay_rows=1000, shadow_ms=shadow_ms))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5), st.integers(0, 5)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_replay_adds_up_and_its_events_tell_it_again(parts: list[tuple[int, int, int]]) -> None:
    """Whatever the parts and their order: nobody is exposed in between, and the state is that of the events."""
    life = replayed("disagreement < 5%", "error_rate < 5%")
    for number, (equal, differing, failed) in enumerate(parts):
        before = life.state
        part = Progress(
            rows=equal + differing + failed, differing=differing, failed=failed, last=f"{9999 - number:032x}.0"
        )
        life.happen(machine.replay_part(life.state, part, at_ms=number))
        life.happen(machine.decide(life.state, now_ms=number))
        if not before.finished:
            assert before.replayed.plus(part) == life.state.replayed
        assert () == life.state.shares
    assert life.state == machine.replay(life.events)
    assert 0 == life.state.evidence.candidate_requests


def test_harm_in_a_replay_is_always_valid() -> None:
    """A candidate at the very edge of its guard is rolled back by a replay in at most 5 % of rollouts."""
    draw = random.Random(7)
    wrong = 0
    for _ in range(200):
        life = replayed("disagreement < 5%")
        for number in range(20):
            rows = [draw.random() < 0.05 for _ in range(50)]
            life.happen(machine.replay_part(life.state, Progress(rows=50, differing=sum(rows)), at_ms=number))
            life.happen(machine.decide(life.state, now_ms=number))
        wrong += life.state.phase is Phase.ROLLED_BACK

    assert wrong <= 10


def test_a_replay_that_proves_its_guard_goes_on_to_copies_or_to_the_first_step() -> None:
    """As the plan says; the rows count as nobody's requests."""
    all_equal = Progress(rows=1000, done=True)
    for shadow_ms, phase, moves in (
        (0, Phase.STEPPING, ["Started", "StepEntered"]),
        (MINUTE, Phase.SHADOW, ["Started", "ShadowEntered"]),
    ):
        life = replayed("disagreement < 5%", shadow_ms=shadow_ms)
        life.happen(machine.replay_part(life.state, all_equal, at_ms=1))
        life.happen(machine.decide(life.state, now_ms=1))

        assert (phase, moves) == (life.state.phase, life.moves)


def test_what_a_replay_leaves_open_a_person_decides() -> None:
    """Held without exposure; resumed, the first step begins in the name of who resumed."""
    life = replayed("disagreement < 5%")
    life.happen(machine.replay_part(life.state, Progress(rows=10, done=True), at_ms=1))
    life.happen(machine.decide(life.state, now_ms=1))
    held = life.state
    life.happen(machine.resume(life.state, by="ann", at_ms=2))

    assert (Phase.HELD, True, False) == (held.phase, held.hidden, held.mirrors)
    assert (Phase.STEPPING, "ann", 0.05) == (life.state.phase, life.state.by, life.state.share)
    assert [] == machine.replay_part(life.state, Progress(rows=10), at_ms=3)


def test_a_replay_needs_a_guard_that_it_can_decide() -> None:
    """The ledger has no failures of the control to compare with, and no comparable latencies."""
    with pytest.raises(BadInput, match="none of the guards can be decided by a replay"):
        a_plan("error_rate not worse", "p99 < 30ms", replay_rows=100).checked()
    for enough in ("error_rate < 1%", "disagreement < 1%"):
        plan = a_plan("p99 < 30ms", enough, replay_rows=100)
        assert plan == plan.checked()
