"""`modelwright why`."""

from pathlib import Path
from typing import Any

import pytest

from modelwright.cli.predictions import say_due
from modelwright.serving.attribution import Attribution, Due, Method, Source
from modelwright.serving.model import VersionRef
from tests.cli.house import DIFF, House, answered, deployed, json_of, terminal, told

UNKNOWN = "018f3a2b4c5d6e7f8091a2b3c4d5e6f7"


def test_an_answer_is_explained(house: House, tmp_path: Path) -> None:
    """The row, the version, and the run it is from."""
    prediction = answered(house, deployed(house, "explained"), tmp_path)
    said = told("why", f"{prediction}.1", url=house.url)
    shown = json_of("why", f"{prediction}.1", url=house.url)

    assert said.startswith(f"{prediction}.1  answered ")
    for part in ("fraud:1 (onnx)", "deployment explained", "node far", "for      ann", "amount=2.5", "label=1"):
        assert part in said
    assert f"run      small ({house.runs[0]})" in said
    assert ({"amount": 2.5}, {"label": 1}) == (shown["inputs"], shown["outputs"])


def test_the_code_behind_an_answer_is_told_with_its_diff(house: House, tmp_path: Path) -> None:
    """The commit, and the changes without one, that the run logged as a file: as they were."""
    prediction = answered(house, deployed(house, "coded"), tmp_path)
    said = told("why", prediction, url=house.url)
    diff = told("why", prediction, "--diff", url=house.url)

    assert "commit c0ffee4" in said
    assert f"1 files, +1 -1, file code/changes.diff of runs/{house.runs[0]}" in said
    assert "metric   accuracy=0.5 on a dataset that is not recorded" in said
    assert DIFF == diff


def test_what_was_answered_is_listed_newest_first(house: House, tmp_path: Path) -> None:
    """Each row with its id for `why`; of one version, one caller, or the last hour; and what is not there is said."""
    name = deployed(house, "listed")
    first, second = answered(house, name, tmp_path / "a"), answered(house, name, tmp_path / "b")
    ask = ("deployment", "predictions", name)
    said = told(*ask, "--version", "fraud:1", "--last", "1h", url=house.url)
    shown = json_of(*ask, "--limit", "3", url=house.url)
    hers = json_of(*ask, "--caller", "ann", url=house.url)
    none = told(*ask, "--version", "fraud:2", url=house.url)

    assert [f"{second}.1", f"{second}.0", f"{first}.1"] == [_id(one) for one in shown["items"]]
    assert [f"{second}.1", f"{first}.1"] == [_id(one) for one in hers["items"]]
    assert "The ledger keeps inputs and outputs of 100 % of requests, for ever; answers reach it" in said
    assert said.index(f"{second}.1") < said.index(f"{first}.0")
    assert "The ledger has none of these." in none
    assert 1 == terminal("deployment", "predictions", "no-such", url=house.url).status


def _id(row: dict[str, Any]) -> str:
    return f"{row['prediction']}.{row['position']}"


def test_a_replay_needs_a_node(house: House, tmp_path: Path) -> None:
    """Without one the answer is no, in words."""
    prediction = answered(house, deployed(house, "unreplayed"), tmp_path)
    ran = terminal("why", prediction, "--replay", url=house.url)

    assert (1, "") == (ran.status, ran.out)
    assert "node" in ran.err


def test_an_unknown_prediction_is_a_no(house: House) -> None:
    """With the reasons that there may be."""
    for more in ((), ("--replay",)):
        ran = terminal("why", UNKNOWN, *more, url=house.url)

        assert (1, "") == (ran.status, ran.out)
        assert f"no prediction {UNKNOWN}.0 in the ledger: it may be on its way" in ran.err


def test_what_is_no_prediction_is_wrong_use(house: House) -> None:
    """The form of an id is named."""
    ran = terminal("why", "xyz", url=house.url)

    assert 2 == ran.status
    assert "32 hexadecimal digits" in ran.err


def test_an_attribution_needs_a_node_and_one_wish(house: House, tmp_path: Path) -> None:
    """Without a node the answer is no; replaying and attributing at once is wrong use."""
    prediction = answered(house, deployed(house, "unattributed"), tmp_path)
    alone = terminal("why", prediction, "--attribution", url=house.url)
    both = terminal("why", prediction, "--attribution", "--replay", url=house.url)

    assert (1, 2) == (alone.status, both.status)
    assert "no node has fraud:1 loaded now" in alone.err
    assert "choose one of --replay, --attribution and --diff" in both.err


def test_an_attribution_is_a_table_that_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    """Base, what is due to each feature, and how it was computed."""
    due = Attribution(
        prediction=UNKNOWN,
        position=0,
        version=VersionRef(model="fraud", number=1),
        output="probabilities[1]",
        method=Method.PERMUTATION,
        base=0.25,
        answer=0.75,
        features=(
            Due(feature="amount", value=1.5, attribution=0.75, error=0.01),
            Due(feature="age", value=30, attribution=-0.25, error=0.0),
        ),
        background="sha256:" + "0" * 64,
        background_rows=20,
        background_from=Source.LEDGER,
        seed=0,
        asked_rows=20_000,
        computed_ms=0,
    )
    say_due(due)
    lines = capsys.readouterr().out.splitlines()

    assert f"{UNKNOWN}.0  probabilities[1] = 0.75 by fraud:1" == lines[0]
    assert ["FEATURE", "VALUE", "DUE", "TO", "IT", "+-"] == lines[1].split()
    assert [["amount", "1.5", "+0.75", "0.01"], ["age", "30", "-0.25", "0"]] == [line.split() for line in lines[2:4]]
    assert "Base 0.25 (mean of 20 background rows, from the ledger) plus all of these is 0.75." == lines[4]
    assert lines[5].startswith("Shapley values over sampled orders of features, seed 0; 20000 rows asked")
