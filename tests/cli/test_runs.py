"""`modelwright experiment` and `modelwright run`."""

import pytest

from tests.cli.house import House, json_of, terminal, told


def test_experiments_are_listed_latest_first(house: House) -> None:
    """With how many runs each has."""
    header, first, *_ = told("experiment", "list", url=house.url).splitlines()

    assert ["id", "name", "runs", "last", "run"] == header.split()
    assert [house.experiment, "fraud", "2"] == first.split()[:3]
    assert ["fraud", "Default"] == [one["name"] for one in json_of("experiment", "list", url=house.url)["items"]]


def test_a_cut_list_says_that_it_goes_on(house: House) -> None:
    """Whoever sees one of two knows of the second."""
    assert "1 of 2; --limit shows more." in told("experiment", "list", "--limit", "1", url=house.url)
    assert "1 of 2; --limit shows more." in told("run", "list", "--limit", "1", url=house.url)
    assert "--limit" not in told("run", "list", url=house.url)


def test_nothing_found_is_said(house: House, bare: str) -> None:
    """An empty list is a sentence, and an empty page in JSON."""
    assert "No experiment is named like that.\n" == told("experiment", "list", "--search", "zz", url=house.url)
    assert "No run matches.\n" == told("run", "list", url=bare)
    assert [] == json_of("run", "list", url=bare)["items"]


def test_runs_are_listed_with_the_values_asked_for(house: House) -> None:
    """Of all experiments, the ids in one piece, params and metrics as columns."""
    said = told("run", "list", "--param", "depth", "--metric", "accuracy", "--metric", "missing", url=house.url)
    rows = {line.split()[1]: line.split() for line in said.splitlines()[1:]}

    assert house.runs == (rows["small"][0], rows["large"][0])
    assert ["4", "0.5", "-"] == rows["small"][-3:]
    assert ["8", "0.9375", "-"] == rows["large"][-3:]


def test_runs_are_filtered_and_ordered(house: House) -> None:
    """By MLflow's search language."""
    asked = ("run", "list", "-e", house.experiment)
    high = json_of(*asked, "--filter", "metrics.accuracy > 0.9", url=house.url)
    rising = json_of(*asked, "--order-by", "metrics.accuracy ASC", url=house.url)

    assert [house.runs[1]] == [one["id"] for one in high["items"]]
    assert list(house.runs) == [one["id"] for one in rising["items"]]


def test_a_filter_that_cannot_be_read_is_wrong_use(house: House) -> None:
    """With where it goes wrong and what may be written."""
    ran = terminal("run", "list", "--filter", "nonsense", url=house.url)

    assert 2 == ran.status
    assert "character 1 of 'nonsense'" in ran.err
    assert "metrics.nonsense" in ran.err


def test_a_run_is_shown(house: House) -> None:
    """Its experiment, metrics, params and tags."""
    small = house.runs[0]
    said = told("run", "show", small, url=house.url)
    shown = json_of("run", "show", small, url=house.url)
    lines = [line.split() for line in said.splitlines()]

    assert f"small  ({small})" == said.splitlines()[0]
    assert f"experiment fraud ({house.experiment})" in said
    for row in (["accuracy", "0.5", "3", "0.5", "0.5"], ["depth", "4"], ["team", "risk"]):
        assert row in lines
    assert {"depth": "4", "seed": "7"} == shown["params"]


def test_runs_are_compared(house: House) -> None:
    """What differs, and with --all also what does not."""
    differing = told("run", "compare", *house.runs, url=house.url)
    everything = told("run", "compare", *house.runs, "--all", url=house.url)
    same = told("run", "compare", house.runs[0], house.runs[0], url=house.url)

    assert ["accuracy", "0.5", "0.9375"] in [line.split() for line in differing.splitlines()]
    assert ("seed" in differing, "seed" in everything) == (False, True)
    assert "No metric differs.\n\nNo param differs.\n" == same
    assert 2 == len(json_of("run", "compare", *house.runs, url=house.url)["runs"])


def test_one_run_is_not_compared(house: House) -> None:
    """It takes two."""
    ran = terminal("run", "compare", house.runs[0], url=house.url)

    assert 2 == ran.status
    assert "name at least two runs" in ran.err


@pytest.mark.parametrize("words", [["show", "nope"], ["compare", "nope", "nix"]])
def test_an_unknown_run_is_a_no(house: House, words: list[str]) -> None:
    """Status 1, and which one it is."""
    ran = terminal("run", *words, "--json", url=house.url)

    assert (1, "", "Error: Run with id=nope not found\n") == (ran.status, ran.out, ran.err)
