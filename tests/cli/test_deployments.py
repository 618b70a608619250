"""`modelwright deploy`, `deployment` and `route`, as far as they go without a node."""

import pytest

from tests.cli.house import House, deployed, json_of, terminal, told


def test_a_version_is_deployed_and_listed(house: House) -> None:
    """Without a node it says that nobody answers yet, and where to look."""
    said = told("deploy", "fraud@champion", "--name", "made", "--wait", "0", url=house.url)
    names = [one["name"] for one in json_of("deployment", "list", url=house.url)]
    [row] = [line for line in told("deployment", "list", url=house.url).splitlines() if line.startswith("made ")]

    assert "made is deployed; no node answers yet. `modelwright deployment show made` tells more.\n" == said
    assert {"made", "fraud-api"} <= set(names)
    assert ["made", "fraud:1", "100", "%", "no", "node"] == row.split()[:6]


def test_a_deployment_that_nobody_answers_in_time_is_no_success(house: House) -> None:
    """A script that goes on to ask it would ask in vain: the status says so, and the deployment is there."""
    ran = terminal("deploy", "fraud:1", "--name", "late", "--wait", "0.1", "--sticky-column", "iban", url=house.url)

    assert 1 == ran.status
    assert "late is deployed; no node answers yet." in ran.out
    assert "iban" == json_of("deployment", "show", "late", url=house.url)["sticky"]["column"]


def test_what_the_ledger_keeps_is_chosen_when_deploying(house: House) -> None:
    """The options reach the deployment."""
    options = ("--hash-column", "iban", "--mask-column", "name", "--keep-days", "9", "--log-share", "0.5", "--logged")
    made = json_of("deploy", "fraud:1", "--name", "chosen", "--wait", "0", *options, url=house.url)["logging"]

    assert (["iban"], ["name"], 9, 0.5, "logged") == (
        made["hashed"],
        made["masked"],
        made["keep_days"],
        made["share"],
        made["durability"],
    )
    said = told("deployment", "show", "chosen", url=house.url)
    assert "ledger keeps inputs and outputs of 50 % of requests, for 9 days; digests of iban; without name" in said


def test_a_name_that_is_taken_is_a_no(house: House) -> None:
    """Nothing is replaced that was not to be."""
    ran = terminal("deploy", "fraud:2", "--name", "fraud-api", "--wait", "0", url=house.url)

    assert 1 == ran.status
    assert "the deployment 'fraud-api' exists" in ran.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("deploy fraud", 2, "write such as fraud:17 or fraud@champion"),
        ("deploy fraud:9", 1, "fraud has no version 9; its newest is 2"),
        ("deploy nope:1", 1, "nope"),
        ("deploy fraud@nope", 1, "fraud has no alias 'nope'; it has champion"),
        ("deploy fraud:1 --engine coal", 2, "coal"),
        ("deployment show nope", 1, "no deployment 'nope'"),
        ("deployment logs nope", 1, "no deployment 'nope'"),
        ("deployment scale nope 2", 1, "no deployment 'nope'"),
        ("deployment scale fraud-api 0", 2, "1<=x<=64"),
        ("deployment scale fraud-api 2 --version fraud:2", 1, "no route to fraud:2; it has fraud:1"),
        ("deployment stop nope --yes", 1, "no deployment 'nope'"),
        ("deployment resume nope", 1, "no deployment 'nope'"),
        ("route set nope fraud:1=100%", 1, "no deployment 'nope'"),
        ("route set fraud-api fraud:9=100%", 1, "fraud has no version 9; its newest is 2"),
        ("route set fraud-api fraud:1=90%", 2, "they must add up to 1"),
        ("route set fraud-api fraud:1", 2, "gives no share; write such as"),
        ("route set fraud-api fraud:1=much", 2, "is not a percentage"),
        ("route set fraud-api", 2, "SHARES"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house: House, words: str, status: int, said: str) -> None:
    """Status 1 where the answer is no, 2 where the words are wrong."""
    ran = terminal(*words.split(), url=house.url)

    assert (status, "") == (ran.status, ran.out)
    assert said in ran.err


def test_traffic_is_divided_by_hand(house: House) -> None:
    """Shares and shadows, and what happened is told in words."""
    name = deployed(house, "divided")
    halves = told("route", "set", name, "fraud:1=90%", "fraud:2=10%", url=house.url)
    shadow = json_of("route", "set", name, "fraud:1=100%", "fraud:2=shadow", url=house.url)
    logs = told("deployment", "logs", name, url=house.url)
    what = [one["name"] for one in json_of("deployment", "logs", name, url=house.url)]

    assert [["fraud:1", "90", "%"], ["fraud:2", "10", "%"]] == [line.split()[:3] for line in halves.splitlines()[-2:]]
    assert [("live", 1.0), ("shadow", 1.0)] == [(one["mode"], one["share"]) for one in shadow["routes"]]
    assert ["serving.routes.changed", "serving.routes.changed", "serving.deployment.created"] == what
    assert "{" not in logs
    assert "90 %" in logs


def test_a_deployment_is_scaled(house: House) -> None:
    """The number is kept and shown before a node is there."""
    name = deployed(house, "scaled")
    said = told("deployment", "scale", name, "3", "--wait", "0", url=house.url)
    shown = json_of("deployment", "show", name, url=house.url)

    assert "x 3" in said
    assert [3] == [one["settings"]["replicas"] for one in shown["routes"]]


def test_stopping_is_asked_for_first(house: House) -> None:
    """Nobody there: wrong use. No: nothing happens. Yes: it is stopped, and resumes with its routes."""
    name = deployed(house, "asked")
    alone = terminal("deployment", "stop", name, url=house.url)
    no = terminal("deployment", "stop", name, url=house.url, answer="n\n")
    before = told("deployment", "show", name, url=house.url)
    yes = terminal("deployment", "stop", name, url=house.url, answer="y\n")
    stopped = told("deployment", "show", name, url=house.url)
    resumed = told("deployment", "resume", name, url=house.url)

    assert (2, 130, 0) == (alone.status, no.status, yes.status)
    assert "Nobody is here to answer: give --yes" in alone.err
    assert ("asked: no node", "asked: stopped") == (before.splitlines()[0], stopped.splitlines()[0])
    assert "asked is stopped; `modelwright deployment resume asked` starts it again.\n" == yes.out
    assert before == resumed


def test_stopping_for_a_program_is_one_json_document(house: House) -> None:
    """With --yes nothing is asked."""
    assert json_of("deployment", "stop", deployed(house, "ended"), "--yes", url=house.url)["stopped"]


def test_without_deployments_the_way_to_one_is_shown(bare: str) -> None:
    """An empty list is a sentence."""
    assert "No deployments yet; `modelwright deploy <model>@champion` makes one.\n" == told(
        "deployment", "list", url=bare
    )
    assert [] == json_of("deployment", "list", url=bare)


def test_a_replacement_leaves_what_is_kept(house: House) -> None:
    """What was hidden stays hidden; the flags for that are another command's then."""
    told("deploy", "fraud:1", "--name", "replaced", "--mask-column", "amount", "--wait", "0", url=house.url)
    refused = terminal("deploy", "fraud:2", "--name", "replaced", "--replace", "--keep-days", "7", url=house.url)
    told("deploy", "fraud:2", "--name", "replaced", "--replace", "--wait", "0", url=house.url)

    assert 2 == refused.status
    assert "changed with `modelwright ledger set`" in refused.err
    assert "without amount" in told("deployment", "show", "replaced", url=house.url)
