"""`modelwright gc`: what was deleted goes for good, and what is held stays."""

import asyncio
from pathlib import Path

import httpx
import msgspec
import pytest
from click.testing import CliRunner

from modelwright.admin.gc import gc
from modelwright.app import build_app
from modelwright.core.clock import now_ms
from modelwright.core.db.open import open_database
from modelwright.core.errors import Conflict
from modelwright.core.home import hold
from modelwright.core.settings import Settings

MLFLOW = "/api/2.0/mlflow"


def in_app(home: Path, *calls: tuple[str, dict[str, object]]) -> list[httpx.Response]:
    """Send the calls to a server on `home`."""
    settings = Settings(home=str(home))
    db = open_database(settings.database_url)

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(build_app(settings, db))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return [await client.post(MLFLOW + path, json=body) for path, body in calls]

    answers = asyncio.run(send())
    db.close()
    return answers


def test_a_deleted_run_goes_for_good_and_a_live_one_stays(tmp_path: Path) -> None:
    """After the collection the deleted run cannot be restored; the other one is untouched."""
    tmp_path.mkdir(exist_ok=True)
    made = in_app(tmp_path, *[("/runs/create", {"experiment_id": "0", "start_time": 1}) for _ in range(2)])
    gone, kept = (answer.json()["run"]["info"]["run_id"] for answer in made)
    in_app(tmp_path, ("/runs/delete", {"run_id": gone}))

    ran = CliRunner().invoke(gc, ["--home", str(tmp_path), "--older-than", "0", "--yes", "--json"])

    assert [gone] == msgspec.json.decode(ran.stdout)["runs"]
    back, live = in_app(tmp_path, ("/runs/restore", {"run_id": gone}), ("/runs/restore", {"run_id": kept}))
    assert (404, 200) == (back.status_code, live.status_code)


def test_nothing_goes_without_a_yes(tmp_path: Path) -> None:
    """The command asks first; no is no."""
    made = in_app(tmp_path, ("/runs/create", {"experiment_id": "0", "start_time": 1}))
    run = made[0].json()["run"]["info"]["run_id"]
    in_app(tmp_path, ("/runs/delete", {"run_id": run}))

    ran = CliRunner().invoke(gc, ["--home", str(tmp_path), "--older-than", "0"], input="n\n")

    assert 2 == ran.exit_code
    assert [200] == [answer.status_code for answer in in_app(tmp_path, ("/runs/restore", {"run_id": run}))]


def test_a_folder_in_use_by_a_server_is_left_alone(tmp_path: Path) -> None:
    """The command says which process has the folder."""
    with (
        hold(Settings(home=str(tmp_path)), "http://127.0.0.1:5710", now_ms()),
        pytest.raises(Conflict, match="process"),
    ):
        CliRunner().invoke(gc, ["--home", str(tmp_path), "--yes"], catch_exceptions=False)
