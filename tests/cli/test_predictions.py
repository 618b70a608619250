"""`modelwright why`."""

from pathlib import Path

from tests.cli.house import House, answered, deployed, json_of, terminal, told

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
