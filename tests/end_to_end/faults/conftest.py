"""Servers that tests may kill, starve and trick."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelwright.cli.server_process import ServerProcess, modelwright_server
from tests.end_to_end.api import Api


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for a server of one's own."""
    return tmp_path / "home"


@pytest.fixture(scope="module")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "home"


@pytest.fixture(scope="module")
def server(server_home: Path) -> Iterator[ServerProcess]:
    """A running server that the tests of a module share."""
    with modelwright_server(server_home, "--no-local-node") as running:
        yield running


@pytest.fixture
def api(server: ServerProcess) -> Iterator[Api]:
    client = Api(server.url)
    yield client
    client.close()
