"""Keep today's schema, with one of everything in it, as an asset that later releases are tested to upgrade.

Run once for each release: `python scripts/keep_schema.py 0.1.0`.
"""

import asyncio
import sqlite3
import sys
import tempfile
from pathlib import Path

import httpx

from modelwright.app import build_app
from modelwright.core.db.open import open_database, sqlite_path
from modelwright.core.settings import Settings

ASSETS = Path(__file__).parents[1] / "tests" / "assets" / "schemas"
MLFLOW = "/api/2.0/mlflow"


async def fill(client: httpx.AsyncClient) -> None:
    """One of everything, through the front door."""

    async def ask(method: str, path: str, **body: object) -> httpx.Response:
        answer = await client.request(method, path, json=body)
        answer.raise_for_status()
        return answer

    experiment = (await ask("POST", f"{MLFLOW}/experiments/create", name="kept")).json()["experiment_id"]
    made = await ask("POST", f"{MLFLOW}/runs/create", experiment_id=experiment, run_name="kept", start_time=1)
    run = made.json()["run"]["info"]["run_id"]
    points = [{"key": "loss", "value": 1 / (n + 1), "timestamp": n, "step": n} for n in range(100)]
    await ask(
        "POST",
        f"{MLFLOW}/runs/log-batch",
        run_id=run,
        metrics=points,
        params=[{"key": "depth", "value": "6"}],
        tags=[{"key": "team", "value": "risk"}],
    )
    await ask("POST", f"{MLFLOW}/registered-models/create", name="kept")
    await ask("POST", f"{MLFLOW}/model-versions/create", name="kept", source="s3://bucket/model", run_id=run)
    await ask("POST", f"{MLFLOW}/registered-models/alias", name="kept", alias="champion", version="1")
    await ask("POST", "/api/v1/comments", about=f"runs/{run}", body="kept")


def keep(release: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=folder)
        db = open_database(settings.database_url)

        async def through_the_app() -> None:
            transport = httpx.ASGITransport(build_app(settings, db))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                await fill(client)

        asyncio.run(through_the_app())
        db.close()
        ASSETS.mkdir(parents=True, exist_ok=True)
        target = ASSETS / f"{release}.db"
        target.unlink(missing_ok=True)
        with sqlite3.connect(sqlite_path(settings.database_url)) as connection:
            connection.execute("VACUUM INTO ?", [str(target)])


if __name__ == "__main__":
    keep(sys.argv[1])
