"""What every test may ask for: a database of each kind, migrated once and empty at the start of each test."""

import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database

# Tests never time things: on a busy machine any test is slow now and then.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Servers that tests start are about something else than building environments; tests of load-proofs ask for them.
os.environ.setdefault("MODELWRIGHT_LOAD_PROOF", "false")


class Postgres:
    """A throw-away PostgreSQL server on a Unix socket and a free port of the loopback address."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self.port = port
        bindir = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
        self._bin = Path(bindir)
        self._as = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []

    def start(self) -> None:
        data = self._folder / "data"
        self._run("initdb", "-D", str(data), "-A", "trust", "-U", "modelwright", "--no-sync", "-E", "UTF8")
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.rpartition("/")[2]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def url(self, database: str) -> str:
        return f"postgresql://modelwright@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        command = [*self._as, str(self._bin / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd="/")


@pytest.fixture(scope="session")
def postgres(free_port: int) -> Iterator[Postgres]:
    # Not under pytest's own folder, which only its owner may enter: the server runs as another user.
    folder = Path("/tmp") / f"modelwright-pg-{uuid.uuid4().hex[:8]}"  # noqa: S108 - removed below
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    server = Postgres(folder, free_port)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def free_port() -> int:
    return find_free_port()


def find_free_port() -> int:

    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with today's schema and no rows, to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> str:
    """A PostgreSQL database with today's schema and no rows, to copy from."""
    url = postgres.new_database()
    open_database(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("migrated_postgres")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template.rpartition("/")[2]}"'.encode())
    yield server.url(name)
    server.drop(server.url(name))


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An open, migrated, empty database of each kind."""
    database = open_database(database_url)
    yield database
    database.close()
