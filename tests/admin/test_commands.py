"""`migrate`, `openapi`, and what `gc` and `doctor` ask of a person, as the terminal runs them."""

from pathlib import Path

import msgspec
import pytest

from modelwright.core.clock import now_ms
from modelwright.core.db.schema_version import newest
from modelwright.core.home import hold
from modelwright.core.settings import Settings
from tests.cli.house import json_of, terminal, told


def test_a_new_home_is_brought_up_to_date(tmp_path: Path) -> None:
    """Again is harmless; in words and in JSON."""
    assert f"The schema is at {newest()}.\n" == told("migrate", "--home", str(tmp_path))
    assert {"schema": newest(), "home": str(tmp_path)} == json_of("migrate", "--home", str(tmp_path))


@pytest.mark.parametrize("words", [("migrate",), ("gc", "--yes")])
def test_a_home_in_use_is_left_alone(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Status 1, and who has it."""
    with hold(Settings(home=str(tmp_path)), "http://127.0.0.1:5710", now_ms()):
        ran = terminal(*words, "--home", str(tmp_path))

    assert (1, "") == (ran.status, ran.out)
    assert "in use by process" in ran.err
    assert "http://127.0.0.1:5710" in ran.err


def test_a_home_that_cannot_be_is_said_in_words(tmp_path: Path) -> None:
    """Wrong use, and no traceback."""
    (tmp_path / "file").touch()
    ran = terminal("server", "--port", "0", "--home", str(tmp_path / "file" / "home"))

    assert (2, "") == (ran.status, ran.out)
    assert f"cannot write in the folder {tmp_path}/file/home: Not a directory; choose another --home" in ran.err


def test_the_description_is_one_json_document() -> None:
    """OpenAPI 3.1, and no line too many."""
    said = msgspec.json.decode(told("openapi"))

    assert said["openapi"].startswith("3.1")
    assert "/api/v1/experiments" in said["paths"]


def test_collecting_is_asked_for_first(tmp_path: Path) -> None:
    """Nobody there: wrong use. No: stopped. Yes: done, in words and, with --yes, in JSON."""
    home = ("gc", "--home", str(tmp_path))
    told("migrate", "--home", str(tmp_path))
    alone, no, yes = terminal(*home), terminal(*home, answer="n\n"), terminal(*home, answer="y\n")

    assert (2, 130, 0) == (alone.status, no.status, yes.status)
    assert "Nobody is here to answer: give --yes" in alone.err
    assert "0 runs removed.\n0 logged models removed.\n0 experiments removed.\n" == yes.out
    assert [] == json_of(*home, "--yes")["runs"]


def test_the_doctor_makes_no_database(tmp_path: Path) -> None:
    """A wrong --home is a no, and stays empty."""
    ran = terminal("doctor", "--home", str(tmp_path))

    assert (1, "", []) == (ran.status, ran.out, list(tmp_path.iterdir()))
    assert f"there is no database at {tmp_path}/modelwright.db; name the server's --home" in ran.err
