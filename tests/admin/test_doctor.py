"""The doctor as a person calls it."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import msgspec
import pytest

from modelwright.cli.server_process import modelwright_server


def doctor(home: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "modelwright", "doctor", "--home", str(home), *flags]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server that has one artifact; the doctor looked at it while the server ran."""
    home = tmp_path_factory.mktemp("home")
    with modelwright_server(home) as server:
        run = httpx.post(f"{server.url}/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]
        address = run["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
        httpx.put(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{address}/w", content=b"precious")
        said = doctor(home)
        assert 0 == said.returncode, said.stderr
    return home


def test_a_healthy_store_is_said_to_be(home: Path) -> None:
    """In words and in JSON, with status 0."""
    said = doctor(home, "--json")

    assert 0 == said.returncode
    assert {"healthy": True, "blobs": 1, "bytes": 8, "findings": []} == msgspec.json.decode(said.stdout)
    assert "All is well: 1 blobs, 8 bytes" in doctor(home).stdout


def test_damage_is_named_with_status_1(home: Path) -> None:
    """A script can act on the status, a person on the words."""
    (blob,) = [path for path in home.rglob("sha256/*/*") if path.is_file()]
    before = blob.read_bytes()
    blob.write_bytes(b"prezious")
    said = doctor(home)
    blob.write_bytes(before)

    assert 1 == said.returncode
    assert "damaged: sha256:" in said.stdout
    assert "/w\n" in said.stdout


def test_an_older_database_is_left_as_it_is(home: Path) -> None:
    """Whoever looks before an upgrade must not be upgraded by looking."""
    file = next(home.glob("*.db"))
    with closing(sqlite3.connect(file)) as database, database:
        (newest,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    said = doctor(home)
    with closing(sqlite3.connect(file)) as database, database:
        (after,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        database.execute("UPDATE alembic_version SET version_num = ?", [newest])

    assert (1, "0001") == (said.returncode, after)
    assert "modelwright migrate" in said.stderr


def test_a_wrong_home_is_not_made(tmp_path: Path) -> None:
    """A typing error ends in a message, not in a new database that is of course healthy."""
    said = doctor(tmp_path / "typo")

    assert 1 == said.returncode
    assert "no database" in said.stderr
    assert not (tmp_path / "typo").exists()
