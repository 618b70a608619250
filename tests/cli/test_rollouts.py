"""`modelwright rollout`, without traffic."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modelwright.sdk import serving
from modelwright.sdk.http import Api as Modelwright
from tests.cli.house import House, answered, deployed, json_of, terminal, told
from tests.waiting import eventually


def test_a_rollout_is_started_shown_and_aborted(house: House) -> None:
    """Its timeline tells each move and its reason."""
    name = deployed(house, "rolled")
    begun = json_of("rollout", "start", name, "fraud:2", "--canary", "20%,100%", "--dwell", "1h", url=house.url)
    number = str(begun["id"])
    shown = told("rollout", "show", number, url=house.url)
    deployment = told("deployment", "show", name, url=house.url)
    ended = told("rollout", "abort", number, "--reason", "wrong version", url=house.url)
    [row] = told("rollout", "list", name, url=house.url).splitlines()[1:]

    assert f"Rollout {number} of rolled: stepping, fraud:2 at 20 %" == shown.splitlines()[0]
    assert "fraud:2 against fraud:1: canary over 20%,100%" in shown
    assert f"rolled: no node, in rollout {number}" == deployment.splitlines()[0]
    assert f"Rollout {number} of rolled: aborted, fraud:2 at 0 %" == ended.splitlines()[0]
    assert ended.splitlines()[-1].split(maxsplit=2)[2].startswith("aborted      wrong version (by ")
    assert [number, "fraud:2", "aborted", "0", "%"] == row.split()[:5]
    assert ["aborted"] == [one["phase"] for one in json_of("rollout", "list", name, url=house.url)]


def test_a_rollout_is_ordered_about(house: House) -> None:
    """Promote moves everything to the candidate; after that nothing is taken back."""
    name = deployed(house, "promoted")
    number = str(json_of("rollout", "start", name, "fraud:2", "--dwell", "1h", url=house.url)["id"])
    again = terminal("rollout", "start", name, "fraud:2", url=house.url)
    resumed = terminal("rollout", "resume", number, url=house.url)
    promoted = told("rollout", "promote", number, url=house.url)
    late = terminal("rollout", "rollback", number, url=house.url)

    assert (1, 1, 1) == (again.status, resumed.status, late.status)
    assert f"is in rollout {number}" in again.err
    assert "only a held one resumes" in resumed.err
    assert f"Rollout {number} of promoted: promoted, fraud:2 at 100 %" == promoted.splitlines()[0]


def test_a_deployment_without_rollouts_says_so(house: House) -> None:
    """An empty list is a sentence."""
    assert "fraud-api had no rollouts.\n" == told("rollout", "list", "fraud-api", url=house.url)
    assert [] == json_of("rollout", "list", "fraud-api", url=house.url)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("list nope", 1, "no deployment 'nope'"),
        ("show 9999", 1, "no rollout 9999; `modelwright rollout list <deployment>` shows those there are"),
        ("promote 9999", 1, "no rollout 9999"),
        ("show first", 2, "ROLLOUT_ID"),
        ("start nope fraud:2", 1, "no deployment 'nope'"),
        ("start fraud-api fraud:9", 1, "fraud has no version 9; its newest is 2"),
        ("start fraud-api fraud:2 --guard fast", 2, "'fast' is not a guard; the forms are"),
        ("start fraud-api fraud:2 --dwell soon", 2, "'soon' is not a span of time; write such as 90s"),
        ("start fraud-api fraud:2 --replay 10", 2, "none of the guards can be decided by a replay"),
        ("start fraud-api fraud:2 --replay 10 --guard disagreement<2%", 2, "is not a guard"),
        ("start fraud-api fraud:2 --replay 0", 2, "0 is not in the range"),
        ("start fraud-api fraud:2 --canary 5% --ab 50%", 2, "choose one of --canary, --ab"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house: House, words: str, status: int, said: str) -> None:
    """Status 1 where the answer is no, 2 where the words are wrong; nothing begins."""
    ran = terminal("rollout", *words.split(), url=house.url)

    assert (status, "") == (ran.status, ran.out)
    assert said in ran.err
    assert [] == json_of("rollout", "list", "fraud-api", url=house.url)


def test_a_replay_begins_only_where_rows_are_stored(house: House, tmp_path: Path) -> None:
    """Without them it is refused; with them the rollout waits for a node, and nobody is exposed."""
    name = deployed(house, "rehearsed")
    words = ("rollout", "start", name, "fraud:2", "--replay", "10", "--guard", "disagreement < 2%")
    refused = terminal(*words, url=house.url)
    answered(house, name, tmp_path)
    begun = told(*words, url=house.url)
    alone = terminal("deployment", "replay", name, "fraud:2", url=house.url)

    assert 1 == refused.status
    assert "the ledger has no rows that fraud:1 answered in 'rehearsed'" in refused.err
    assert ": replay, fraud:2 at 0 %" in begun.splitlines()[0]
    assert "up to 10 stored rows, then canary over 5%,25%,100%" in begun
    assert (1, "no node has route") == (alone.status, alone.err[alone.err.find("no node") :][:17])


def test_who_stops_watching_is_told_that_the_rollout_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the command and nothing else."""
    name = deployed(house, "unwatched")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serving, "follow", interrupted)
    ran = terminal("rollout", "start", name, "fraud:2", "--dwell", "1h", "--follow", url=house.url)
    [begun] = json_of("rollout", "list", name, url=house.url)

    assert (130, "stepping") == (ran.status, begun["phase"])
    assert f"Rollout {begun['id']} goes on: `modelwright rollout show {begun['id']}` tells how" in ran.err


def test_a_followed_rollout_is_told_in_json_once_it_is_over(house: House) -> None:
    """`--follow --json` waits like `--follow`, and answers with what it has come to; no promotion is a no."""
    name = deployed(house, "followed")

    def abort() -> None:
        with Modelwright(house.url) as api:
            eventually(lambda: bool(serving.rollouts(name, api=api)))
            serving.order(serving.rollouts(name, api=api)[0].id, "abort", reason="enough", api=api)

    with ThreadPoolExecutor(1) as others:
        aborted = others.submit(abort)
        words = ("rollout", "start", name, "fraud:2", "--dwell", "1h", "--follow", "--json")
        ran = terminal(*words, url=house.url)
        aborted.result()

    assert "aborted" == json.loads(ran.out)["phase"]
    assert 1 == ran.status
