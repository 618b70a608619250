"""How commands print."""

import time

import pytest

from modelwright.cli.output import moment, table

RUN_ID = "0123456789abcdef" * 2


def test_an_id_stays_in_one_piece_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is there to be copied; other columns give way."""
    monkeypatch.setenv("COLUMNS", "60")
    table(["run", "name", "status"], [[RUN_ID, "a name of several words", "FINISHED"]], empty="")

    assert RUN_ID in capsys.readouterr().out


def test_a_long_name_is_folded_and_not_cut(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every letter of it is printed."""
    monkeypatch.setenv("COLUMNS", "60")
    table(["name", "status"], [["x" * 250, "FINISHED"]], empty="")

    assert 250 == capsys.readouterr().out.count("x")


def test_nothing_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table is a sentence."""
    table(["name"], [], empty="Nothing yet.")

    assert "Nothing yet.\n" == capsys.readouterr().out


def test_a_pipe_gets_each_row_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, however long, and without blanks at its end: it is there for `grep`."""
    monkeypatch.delenv("COLUMNS")
    table(["run", "why", "by"], [["1", "x" * 300, ""], ["2", "y", "ann"]], empty="")
    _, first, second = capsys.readouterr().out.splitlines()

    assert "1    " + "x" * 300 == first
    assert ["2", "y", "ann"] == second.split()


def test_a_time_says_how_far_it_is_from_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it elsewhere knows which moment it was."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert "1970-01-01 05:30:01+05:30" == moment(1000)
    finally:
        monkeypatch.undo()
        time.tzset()
