"""The terminal's frame: help, examples, wrong use, and a server that is not there."""

from collections.abc import Iterator

import click
import pytest

from modelwright import __version__
from modelwright.__main__ import main
from tests.cli.house import House, terminal, told


def every_command(command: click.Command = main, path: str = "") -> Iterator[tuple[str, click.Command]]:
    yield path.strip(), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from every_command(child, f"{path} {name}")


ALL = dict(every_command())


@pytest.mark.parametrize("path", ALL)
def test_every_command_explains_itself(path: str) -> None:
    """Help says what a command does; one that is run has an example, which begins as the command is called."""
    said = told(*path.split(), "--help")
    command = ALL[path]

    assert said.startswith("Usage: modelwright")
    assert command.help
    if not isinstance(command, click.Group):
        assert f"Example:  modelwright {path} " in f"{said} " or f"Example:  modelwright {path}\n" in said


@pytest.mark.parametrize("path", [path for path, one in ALL.items() if not isinstance(one, click.Group)])
def test_every_command_refuses_an_option_that_it_does_not_have(path: str) -> None:
    """Wrong use is status 2, and the option is named."""
    ran = terminal(*path.split(), "--nonsense")

    assert (2, "") == (ran.status, ran.out)
    assert "No such option '--nonsense'." in ran.err


@pytest.mark.parametrize("path", ["nonsense", "run nonsense", "deployment nonsense"])
def test_an_unknown_command_is_wrong_use(path: str) -> None:
    """Status 2, and the word is named."""
    ran = terminal(*path.split())

    assert 2 == ran.status
    assert "No such command 'nonsense'." in ran.err


def test_the_release_is_told() -> None:
    """`--version` and nothing else."""
    assert f"modelwright {__version__}\n" == told("--version")


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    """Status 1, with what to do about it; port 9 (discard) answers nobody."""
    ran = terminal("run", "list", url="http://127.0.0.1:9")

    assert (1, "") == (ran.status, ran.out)
    assert "no server answers at http://127.0.0.1:9" in ran.err
    assert "--url or MODELWRIGHT_URL" in ran.err


@pytest.mark.parametrize("address", ["127.0.0.1:5710", "nonsense", "http://host:port", "ftp://host"])
def test_what_is_no_address_is_wrong_use(address: str) -> None:
    """Nobody is asked; the message shows how an address is written."""
    ran = terminal("run", "list", "--url", address)

    assert 2 == ran.status
    assert f"'{address}' is not a server's address" in ran.err
    assert "write such as http://127.0.0.1:5710" in ran.err


def test_an_address_on_the_line_wins_over_the_environment(house: House) -> None:
    """--url is asked, MODELWRIGHT_URL is not."""
    assert "fraud" in told("experiment", "list", "--url", house.url, url="http://127.0.0.1:9")
