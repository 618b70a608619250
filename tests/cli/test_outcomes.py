"""`modelwright outcome`."""

from pathlib import Path

import pytest

from tests.cli.house import House, answered, deployed, json_of, terminal, told

UNKNOWN = "018f3a2b4c5d6e7f8091a2b3c4d5e6f7"


def test_an_outcome_is_added_once_and_known_to_why(house: House, tmp_path: Path) -> None:
    """Numbers and labels; saying it again is harmless, saying something else is told."""
    name = deployed(house, "outcomes")
    prediction = answered(house, name, tmp_path)
    first = told("outcome", "add", name, f"{prediction}.1", "cost=12.5", "label=theft", url=house.url)
    again = json_of("outcome", "add", name, f"{prediction}.1", "cost=12.5", url=house.url)
    other = terminal("outcome", "add", name, f"{prediction}.1", "cost=13", url=house.url)
    why = told("why", f"{prediction}.1", url=house.url)

    assert "2 outcomes are new, 0 were known.\n" == first
    assert (0, 1) == (again["taken"], again["repeated"])
    assert 1 == other.status
    assert "Something else is known of 1, and stays: " in other.out
    assert "outcome  cost: 12.5" in why
    assert "outcome  label: theft" in why


def test_outcomes_are_loaded_from_a_file(house: House, tmp_path: Path) -> None:
    """CSV as a spreadsheet writes it, with its byte order mark and columns of its own."""
    file = tmp_path / "outcomes.csv"
    file.write_text(f"case,prediction,name,value\n1,{UNKNOWN},cost,1\n2,{UNKNOWN}.1,cost,2\n", encoding="utf-8-sig")
    name = deployed(house, "loaded")

    assert "2 outcomes are new, 0 were known.\n" == told("outcome", "load", name, str(file), url=house.url)
    assert 2 == json_of("outcome", "load", name, str(file), url=house.url)["repeated"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"prediction,name\nx,y\n", "has no column value; it needs prediction, name and value"),
        (b"", "has no column name, prediction, value"),
        (f"prediction,name,value\n{UNKNOWN},cost\n".encode(), "line 2"),
        (f"prediction,name,value\n{UNKNOWN},cost,\xff\n".encode("latin-1"), "is not CSV in UTF-8"),
        (f"prediction,name,value\n{UNKNOWN},cost,nan\n".encode(), "'nan' is no number; "),
        (b"prediction,name,value\nxyz,cost,1\n", "'xyz' is not a prediction id"),
    ],
)
def test_a_file_that_cannot_be_read_is_wrong_use(house: House, tmp_path: Path, content: bytes, said: str) -> None:
    """What is wrong with it is named; there is no traceback."""
    file = tmp_path / "wrong.csv"
    file.write_bytes(content)
    ran = terminal("outcome", "load", "fraud-api", str(file), url=house.url)

    assert (2, "") == (ran.status, ran.out)
    assert said in ran.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("add", "nope", UNKNOWN, "value=1"), 1, "no deployment 'nope'"),
        (("add", "fraud-api", UNKNOWN, "value"), 2, "'value' says no value; write such as value=1"),
        (("add", "fraud-api", UNKNOWN, "value=inf"), 2, "'inf' is no number; "),
        (("add", "fraud-api", "xyz", "value=1"), 2, "'xyz' is not a prediction id"),
        (("add", "fraud-api", UNKNOWN), 2, "VALUES"),
        (("load", "fraud-api", "missing.csv"), 2, "does not exist"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house: House, words: tuple[str, ...], status: int, said: str) -> None:
    """Status 1 where the answer is no, 2 where the words are wrong."""
    ran = terminal("outcome", *words, url=house.url)

    assert (status, "") == (ran.status, ran.out)
    assert said in ran.err
