"""kill -9 of server, node and worker in each step of a deploy and of a rollout: what was wanted comes about, once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelwright.sdk import serving
from modelwright.serving.rollouts.machine import Loaded, Measured, Phase, StepEntered, Waited
from modelwright.serving.shown import RolloutShown
from tests.end_to_end.faults.gate import Hold
from tests.end_to_end.faults.serving_house import NAME, House, ask
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
VICTIMS = ("server", "node", "worker")
STEPS: dict[str, Callable[[House], Hold]] = {
    "the order recorded": lambda house: house.gateway.news,
    "the node informed": lambda house: house.gateway.file,
    "a file half here": lambda house: house.gateway.half,
    "the environment being built": lambda house: house.build,
    "the version being loaded": lambda house: house.load,
    "the traffic moved and nobody told": lambda house: house.gateway.report,
    "rows at the server and the node not told": lambda house: house.gateway.shipped,
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which some version answers."""
    made = House(tmp_path_factory.mktemp("house"))
    try:
        number = made.new_version()
        made.deploy(number)
        made.settled(**{f"v{number}": 1.0})
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(("victim", "step"), list(itertools.product(VICTIMS, STEPS)))
def test_a_deploy_comes_about_whoever_is_killed(house: House, victim: str, step: str) -> None:
    """The version that was asked for answers alone, from one process."""
    number = house.new_version()
    hold = STEPS[step](house)
    if step == "the traffic moved and nobody told":
        house.load.close()
        house.deploy(number)
        eventually(lambda: house.load.reached)
        hold.close()
        house.load.open()
        eventually(lambda: house.answers(number))
    else:
        hold.close()
        house.deploy(number)
    eventually(lambda: hold.reached)
    house.kill(victim)
    house.revive(victim)
    hold.open()

    house.settled(**{f"v{number}": 1.0})


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_kill_while_the_old_version_answers_its_last_request(house: House, victim: str) -> None:
    """The old version has a request under way when the new one takes over; the kill leaves the new one alone."""
    number = house.new_version()
    house.predict.close()
    with ThreadPoolExecutor(1) as callers:
        last = callers.submit(ask, house.node_url, -1.0)
        eventually(lambda: house.predict.reached)
        house.deploy(number)
        eventually(lambda: house.answers(number))
        house.kill(victim)
        house.predict.open()
        outcome = last.exception() or last.result().status_code
        house.revive(victim)

    house.settled(**{f"v{number}": 1.0})
    assert victim != "server" or 200 == outcome


def moves(shown: RolloutShown) -> list[str]:
    """What happened, without measurements and waits for a node, with the number of each step."""
    return [
        f"step {event.step}" if isinstance(event, StepEntered) else str(event.__struct_config__.tag)
        for event in shown.events
        if not isinstance(event, Measured | Waited | Loaded)
    ]


def moves_beyond(house: House, rollout: int, after: int) -> list[str]:
    """The rollout's moves, once there are more than `after`."""

    def look() -> list[str] | None:
        found = moves(serving.rollout(rollout, api=house.api))
        return found if len(found) > after else None

    return eventually(look)


TIMELINE = ["started", "step 0", "step 1", "step 2", "promoted"]


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_rollout_goes_on_whoever_is_killed_after_each_of_its_moves(house: House, victim: str) -> None:
    """Shadow, each step and promotion: the timeline has every move once, in order, and the candidate answers."""
    control, candidate = house.newest, house.new_version()
    begun = serving.start_rollout(
        NAME, f"{NAME}:{candidate}", steps="20%,50%,100%", guards=(), shadow="1s", dwell="1s", api=house.api
    )
    after = 0
    while after < len(TIMELINE):
        seen = moves_beyond(house, begun.id, after)
        assert TIMELINE[: len(seen)] == seen
        # Three deaths while it loads would count against the candidate, as they should.
        eventually(lambda: victim != "worker" or house.answers(candidate))
        house.kill(victim)
        house.revive(victim)
        after = len(seen)

    house.settled(**{f"v{control}": 0.0, f"v{candidate}": 1.0})
    ended = serving.rollout(begun.id, api=house.api)
    told = [one.name for one in serving.history(NAME, api=house.api)]
    assert (TIMELINE, Phase.PROMOTED) == (moves(ended), ended.phase)
    assert ["serving.rollout.moved"] * 4 == [one for one in told if one == "serving.rollout.moved"][:4]


@pytest.mark.parametrize("order", ["rollback", "promote"])
@pytest.mark.parametrize("victim", VICTIMS)
def test_an_order_that_was_acknowledged_holds_whoever_is_killed(house: House, victim: str, order: str) -> None:
    """A person ends a rollout while both versions answer; the kill right after it changes nothing."""
    control, candidate = house.newest, house.new_version()
    begun = serving.start_rollout(NAME, f"{NAME}:{candidate}", steps="40%,100%", guards=(), dwell="1h", api=house.api)
    house.settled(**{f"v{control}": 0.6, f"v{candidate}": 0.4})
    ended = serving.order(begun.id, order, api=house.api)
    house.kill(victim)
    house.revive(victim)

    share = 1.0 if order == "promote" else 0.0
    house.settled(**{f"v{control}": 1.0 - share, f"v{candidate}": share})
    assert moves(ended) == moves(serving.rollout(begun.id, api=house.api))
    # The next test begins with one version that answers.
    house.deploy(candidate)
    house.settled(**{f"v{candidate}": 1.0})


def test_after_all_of_it_the_ledger_is_whole(house: House) -> None:
    """Every acknowledged row is there, none is there twice, and each was answered by the version that it names."""
    house.told.close()
    wanted = set(house.told.acknowledged)
    rows = eventually(lambda: found if wanted <= (found := house.recorded()).keys() else None)

    assert wanted
    assert {1} == set(rows.values())
    assert all(float(version.rpartition(":")[2]) == value for version, value in house.told.answers)
