"""The database of each release is brought up to date, and what was in it is still there."""

import asyncio
import shutil
from pathlib import Path

import httpx
import pytest

from modelwright.app import build_app
from modelwright.core.db import schema_version
from modelwright.core.db.open import open_database
from modelwright.core.settings import Settings

OLD = sorted((Path(__file__).parents[2] / "assets" / "schemas").glob("*.db"))
MLFLOW = "/api/2.0/mlflow"


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
def test_a_released_database_opens_today_with_everything_in_it(old: Path, tmp_path: Path) -> None:
    """A run with its series, a version with its alias and a comment come through every later migration."""
    shutil.copy(old, tmp_path / "modelwright.db")
    settings = Settings(home=str(tmp_path))
    db = open_database(settings.database_url)
    app = build_app(settings, db)

    async def look() -> tuple[list[float], str, int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            found = (await client.post(f"{MLFLOW}/runs/search", json={"experiment_ids": ["1"]})).json()["runs"]
            run = found[0]["info"]["run_id"]
            asked = {"run_id": run, "metric_key": "loss"}
            history = (await client.get(f"{MLFLOW}/metrics/get-history", params=asked)).json()["metrics"]
            champion = {"name": "kept", "alias": "champion"}
            version = (await client.get(f"{MLFLOW}/registered-models/alias", params=champion)).json()["model_version"]
            comments = (await client.get("/api/v1/comments", params={"about": f"runs/{run}"})).json()["total"]
            return [point["value"] for point in history], version["version"], comments

    seen = asyncio.run(look())
    schema = schema_version.current(db)
    db.close()

    assert ([1 / (n + 1) for n in range(100)], "1", 1) == seen
    assert schema_version.newest() == schema


def test_there_is_an_old_database_to_test() -> None:
    """The first release's database is kept; every release adds its own."""
    assert "0.1.0" in [path.stem for path in OLD]
