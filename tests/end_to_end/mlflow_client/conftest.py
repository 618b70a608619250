"""Servers to be driven, and one client process per server that runs the checks asked for."""

import functools
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import msgspec
import pytest

from modelwright.cli import client_env
from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server, running
from tests.conftest import Postgres

ROOT = Path(__file__).parents[3]
BOOSTERS = Path(__file__).with_name("boosters.txt")
SECONDS_PER_CHECK = 100
SECONDS_PER_SLOW_CHECK = 900


class Outcome(msgspec.Struct, frozen=True):
    check: str
    error: str | None
    seconds: float


@pytest.fixture(scope="session")
def client_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of the environment that holds the unmodified client, and boosters where a check has any."""
    if not any("-boosters." in item.nodeid for item in request.session.items):
        return client_env.ensure(ROOT / ".envs")
    requirements = tmp_path_factory.mktemp("client") / "requirements.txt"
    requirements.write_text(client_env.REQUIREMENTS.read_text() + BOOSTERS.read_text())
    return client_env.ensure(ROOT / ".envs", requirements=requirements)


OutcomesOf = Callable[[str], dict[str, Outcome]]


@pytest.fixture(scope="session")
def outcomes_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, client_python: Path
) -> OutcomesOf:
    """What each of this session's checks came to, by kind of server: ours on sqlite or postgresql, or mlflow's own.

    A kind's server is started and its checks are run when the first of them is asked for. Importing mlflow takes
    seconds, so one process runs all the checks that pytest selected.
    """

    @functools.cache
    def outcomes(kind: str) -> dict[str, Outcome]:
        with _server(request, kind, tmp_path_factory.mktemp(kind), client_python) as server:
            return _run(_selected(request.session, kind), server.url, client_python)

    return outcomes


def _server(
    request: pytest.FixtureRequest, kind: str, folder: Path, client_python: Path
) -> AbstractContextManager[ServerProcess]:
    if kind == "mlflow":
        return mlflow_server(client_python.with_name("mlflow"), folder)
    env = {}
    if kind == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        env["MODELWRIGHT_DATABASE"] = postgres.new_database()
    return modelwright_server(folder / "home", "--no-local-node", env=env)


def _run(wanted: list[pytest.Function], server_url: str, client_python: Path) -> dict[str, Outcome]:
    seconds = SECONDS_PER_SLOW_CHECK if any(item.get_closest_marker("slow") for item in wanted) else SECONDS_PER_CHECK
    names = [str(item.callspec.params["name"]) for item in wanted]
    done = subprocess.run(
        [str(client_python), "-m", "tests.end_to_end.mlflow_client.programs", *names],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            **client_env.quiet(),
            "MLFLOW_TRACKING_URI": server_url,
            # A server error is shown, not hidden behind minutes of the client's retries.
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
            "SECONDS_PER_CHECK": str(seconds),
        },
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"check"')]
    found = {one.check: one for one in (msgspec.json.decode(line, type=Outcome) for line in lines)}
    assert set(names) == set(found), f"the client process ended early:\n{done.stderr[-4000:]}"
    return found


def _selected(session: pytest.Session, kind: str) -> list[pytest.Function]:
    return [
        item
        for item in session.items
        if isinstance(item, pytest.Function)
        and "outcomes_of" in item.fixturenames
        and item.callspec.params["kind"] == kind
    ]


@contextmanager
def mlflow_server(mlflow: Path, folder: Path) -> Iterator[ServerProcess]:
    port = free_port()
    command = [
        *(str(mlflow), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
        *("--serve-artifacts", "--artifacts-destination", str(folder / "artifacts")),
    ]
    log = folder / "mlflow.log"
    with running(command, url=f"http://127.0.0.1:{port}", log=log, env=client_env.quiet(), timeout_s=180.0) as server:
        yield server
