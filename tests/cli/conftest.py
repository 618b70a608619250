"""One server for the terminal's commands, with runs, a model and a deployment that no node answers."""

import os
from collections.abc import Iterator

import pytest

from modelwright.cli.server_process import modelwright_server
from modelwright.sdk.http import URL_VARIABLE
from tests.cli.house import House, seeded


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Tests only add what they name themselves; what is seeded stays as it is."""
    with modelwright_server(tmp_path_factory.mktemp("terminal") / "home", "--no-local-node") as server:
        yield seeded(server.url)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on which nothing has ever happened."""
    with modelwright_server(tmp_path_factory.mktemp("bare") / "home", "--no-local-node") as server:
        yield server.url


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address from outside, and lines as wide as a person's terminal."""
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", os.environ.get("TERM", "dumb"))
