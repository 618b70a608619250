"""`modelwright model` and `modelwright version`."""

import pytest

from tests.cli.house import House, json_of, terminal, told


def test_models_are_listed(house: House, bare: str) -> None:
    """With their aliases; where there is none, how one comes to be."""
    assert ["fraud", "2", "champion", "→", "1"] == told("model", "list", url=house.url).splitlines()[1].split()[:5]
    assert ["fraud"] == [one["name"] for one in json_of("model", "list", url=house.url)["items"]]
    assert "No model is named like that.\n" == told("model", "list", "--search", "zz", url=house.url)
    assert told("model", "list", url=bare).startswith("No model is registered yet; ")


def test_a_model_is_shown_with_its_versions(house: House) -> None:
    """The newest first, each with the run it is from."""
    said = told("model", "show", "fraud", url=house.url)
    shown = json_of("model", "show", "fraud", url=house.url)
    newest, oldest = (line.split() for line in said.splitlines()[-2:])

    assert said.startswith("fraud: Finds theft.\naliases: champion → 1\n")
    assert ["2", "-", "none", house.runs[1]] == newest[:4]
    assert ["1", "champion", "none", house.runs[0]] == oldest[:4]
    assert [2, 1] == [one["number"] for one in shown["versions"]["items"]]


def test_the_moves_of_an_alias_are_told(house: House) -> None:
    """The newest first: back to 1, from 1 to 2, from nothing to 1."""
    moves = json_of("model", "history", "fraud", "champion", url=house.url)["items"]

    assert [(2, 1), (1, 2), (None, 1)] == [(one["before"], one["after"]) for one in moves]
    assert 4 == len(told("model", "history", "fraud", "champion", url=house.url).splitlines())
    assert "gone has never been moved.\n" == told("model", "history", "fraud", "gone", url=house.url)


def test_a_version_is_shown(house: House) -> None:
    """Its facts in words begin on the first line; in JSON it holds its load-proof."""
    said = told("version", "show", "fraud", "1", url=house.url)
    shown = json_of("version", "show", "fraud", "1", url=house.url)
    facts = {line.split()[0]: line.split()[1:] for line in said.splitlines()}

    assert ["fraud", "1"] == said.splitlines()[0].split()[1:]
    assert [shown["digest"]] == facts["digest"]
    assert ([house.runs[0]], ["champion"], ["none"]) == (facts["run"], facts["aliases"], facts["load-proof"])
    assert "none" == shown["proof"]["finding"]["state"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("model show nope", "Registered Model with name=nope not found"),
        ("model history nope champion", "Registered Model with name=nope not found"),
        ("version show nope 1", "name=nope"),
        ("version show fraud 9", "Model Version (name=fraud, version=9) not found"),
        ("version prove fraud 9", "Model Version (name=fraud, version=9) not found"),
    ],
)
def test_what_is_not_there_is_a_no(house: House, words: str, said: str) -> None:
    """Status 1 and its name."""
    ran = terminal(*words.split(), url=house.url)

    assert (1, "") == (ran.status, ran.out)
    assert said in ran.err


@pytest.mark.parametrize("number", ["0", "one"])
def test_what_is_no_number_of_a_version_is_wrong_use(house: House, number: str) -> None:
    """Versions count from one."""
    ran = terminal("version", "show", "fraud", number, url=house.url)

    assert 2 == ran.status
    assert f"'fraud {number}' names no version; write such as fraud:3 or fraud@champion" in ran.err


def test_a_version_is_called_as_in_other_commands(house: House) -> None:
    """By number or alias, in one word; an alias that is not there is a no."""
    shown = json_of("version", "show", "fraud", "1", url=house.url)
    alias = next(one for one, number in json_of("model", "show", "fraud", url=house.url)["model"]["aliases"].items())
    number = json_of("version", "show", f"fraud@{alias}", url=house.url)["number"]
    wrong = terminal("version", "show", "fraud@nope", url=house.url)

    assert shown == json_of("version", "show", "fraud:1", url=house.url)
    assert number in {1, 2}
    assert (1, "fraud has no alias 'nope'" in wrong.err) == (wrong.status, True)
