"""`modelwright ledger`."""

from pathlib import Path

import pyarrow.parquet
import pytest

from tests.cli.house import House, answered, deployed, json_of, terminal, told


def test_what_is_kept_is_shown_and_changed(house: House) -> None:
    """What is not named stays as it was; '' takes a list back."""
    name = deployed(house, "keeping")
    first = told("ledger", "show", name, url=house.url)
    options = ("--share", "0.25", "--hash-column", "iban", "--keep-days", "90", "--no-inputs")
    told("ledger", "set", name, *options, url=house.url)
    changed = json_of("ledger", "set", name, "--hash-column", "", "--logged", url=house.url)["logging"]

    assert "keeping: 0 predictions (0.0 MB in 0 segments)\n" in first
    assert "keeps    inputs and outputs of 100 % of requests, for ever" in first
    assert (0.25, [], 90, False, "logged") == (
        changed["share"],
        changed["hashed"],
        changed["keep_days"],
        changed["inputs"],
        changed["durability"],
    )
    assert "keeps    outputs of 25 % of requests, for 90 days;" in told("ledger", "show", name, url=house.url)


def test_a_shorter_retention_is_asked_for_when_predictions_are_there(house: House, tmp_path: Path) -> None:
    """Nobody there to answer: refused, and nothing changed."""
    name = deployed(house, "shortened")
    answered(house, name, tmp_path)
    alone = terminal("ledger", "set", name, "--keep-days", "1", url=house.url)
    unchanged = json_of("ledger", "show", name, url=house.url)
    told("ledger", "set", name, "--keep-days", "1", "--yes", url=house.url)
    changed = json_of("ledger", "show", name, url=house.url)

    assert 2 == alone.status
    assert "Predictions of shortened older than 1 days will be deleted. Go on?" in alone.err
    assert (None, 1) == (unchanged["logging"]["keep_days"], changed["logging"]["keep_days"])


def test_predictions_are_exported_and_queried(house: House, tmp_path: Path) -> None:
    """As Parquet, and with SQL, in words and in JSON."""
    name = deployed(house, "asked-of")
    answered(house, name, tmp_path)
    target = tmp_path / "out.parquet"
    exported = json_of("ledger", "export", name, str(target), url=house.url)
    sql = "SELECT count(*) AS n, max(inputs.amount) AS most FROM predictions"

    assert {"rows": 2, "target": str(target)} == exported
    assert 2 == pyarrow.parquet.read_metadata(target).num_rows
    assert [{"n": 2, "most": 2.5}] == json_of("ledger", "query", name, sql, url=house.url)
    assert [["n", "most"], ["2", "2.5"]] == [
        line.split() for line in told("ledger", "query", name, sql, url=house.url).splitlines()
    ]
    none = told("ledger", "query", name, "SELECT 1 FROM predictions WHERE position = 9", url=house.url)
    assert "No rows.\n" == none


def test_sql_that_cannot_be_read_is_wrong_use(house: House, tmp_path: Path) -> None:
    """With what the database says of it."""
    name = deployed(house, "misasked")
    answered(house, name, tmp_path)
    ran = terminal("ledger", "query", name, "SELECT nonsense FROM predictions", url=house.url)

    assert 2 == ran.status
    assert "nonsense" in ran.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("show nope", 1, "no deployment 'nope'"),
        ("set nope --share 1", 1, "no deployment 'nope'"),
        ("set fraud-api --share 2", 2, "0<=x<=1"),
        ("set fraud-api --keep-days 3 --keep-for-ever", 2, "contradict each other"),
        ("query fraud-api SELECT --since x", 2, "'x' is not a span of time"),
        ("query nope SELECT", 1, "no deployment 'nope'"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house: House, words: str, status: int, said: str) -> None:
    """Status 1 where the answer is no, 2 where the words are wrong."""
    ran = terminal("ledger", *words.split(), url=house.url)

    assert (status, "") == (ran.status, ran.out)
    assert said in ran.err


def test_an_empty_ledger_is_a_no(house: House, tmp_path: Path) -> None:
    """Nothing is written, and the way further back is named."""
    ran = terminal("ledger", "export", "fraud-api", str(tmp_path / "none"), url=house.url)

    assert (1, False) == (ran.status, (tmp_path / "none").exists())
    assert "no predictions of that time" in ran.err
    assert "7d" in ran.err
