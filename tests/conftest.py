"""What every test may ask for: a database of each kind, migrated once and empty at the start of each test."""

import functools
import os
import re
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import settings
from psycopg.sql import SQL, Identifier
from xdist.scheduler import LoadFileScheduling

from modelwright.core.db.database import Database
from modelwright.core.db.open import open_database

# Tests never time things: on a busy machine any test is slow now and then.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A client of httpx reads the certificates of the world when it is made, which takes thirty times as long as asking a
# server on this machine. They stay the same.
vars(httpx._transports.default)["create_ssl_context"] = functools.cache(httpx.create_ssl_context)

# Servers that tests start are about something else than building environments; tests of load-proofs ask for them.
os.environ.setdefault("MODELWRIGHT_LOAD_PROOF", "false")


# What takes a core longest is begun first, so that the others do not wait for it at the end.
LONGEST = (
    "tests/end_to_end/mlflow_client/",
    "tests/end_to_end/",
    "tests/tracking/service/test_killed_compaction.py",
    "tests/serving/node/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(
        key=lambda item: next((at for at, path in enumerate(LONGEST) if item.nodeid.startswith(path)), len(LONGEST))
    )


class ByFileAndServer(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file's tests share what is started for them, and so stay together; the mlflow client's start one per server."""

    def _split_scope(self, nodeid: str) -> str:
        server = re.search(r"::test_flow\[[a-z]+-", nodeid)
        return nodeid.partition("::")[0] + (server.group() if server else "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    config.option.loadscopereorder = False
    return ByFileAndServer(config, log)


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
        # What is lost when the power goes is lost for good: it lives as long as the tests.
        hasty = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=200 {hasty}"
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

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


class Emptied:
    """A migrated PostgreSQL database that is used again and again: emptying takes a tenth of the time of making one."""

    def __init__(self, url: str) -> None:
        self.url = url
        open_database(url).close()
        self._own = psycopg.connect(url, autocommit=True)
        self._seeded = self._with_rows()
        self._own.execute("CREATE SCHEMA seeds")
        for table in self._seeded:
            self._own.execute(SQL("CREATE TABLE seeds.{0} AS TABLE public.{0}").format(Identifier(table)))

    def empty(self) -> None:
        """Leave the rows that the migrations made, and count anew; end what still holds a connection."""
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        self._own.execute(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others}".encode())
        for (counter,) in self._own.execute("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"):
            self._own.execute(SQL("ALTER SEQUENCE {} RESTART").format(Identifier(counter)))
        if written := self._with_rows():
            self._own.execute(SQL("TRUNCATE {} CASCADE").format(SQL(", ").join(map(Identifier, written))))
        for table in self._seeded:
            self._own.execute(SQL("INSERT INTO public.{0} SELECT * FROM seeds.{0}").format(Identifier(table)))

    def close(self) -> None:
        self._own.close()

    def _with_rows(self) -> list[str]:
        tables = self._own.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        asked = [SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, Identifier(name)) for (name,) in tables]
        return [name for (name,) in self._own.execute(SQL(" UNION ALL ").join(asked))]


@pytest.fixture(scope="session")
def emptied_postgres(postgres: Postgres) -> Iterator[Emptied]:
    """A PostgreSQL database for one test at a time."""
    database = Emptied(postgres.new_database())
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    emptied: Emptied = request.getfixturevalue("emptied_postgres")
    emptied.empty()
    yield emptied.url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An open, migrated, empty database of each kind."""
    database = open_database(database_url)
    yield database
    database.close()
