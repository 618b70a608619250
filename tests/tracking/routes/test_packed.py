"""`/api/v1/runs/packed`: what runs packed with their models."""

from pathlib import Path

import pytest

from modelwright.artifacts import service as artifacts
from modelwright.artifacts.backends import open_blobs
from modelwright.artifacts.blobs import Blobs
from modelwright.core.auth import local_user
from modelwright.core.db.database import Database
from modelwright.tracking.model.datasets import RunUses
from modelwright.tracking.model.runs import ModelUse, NewRun
from modelwright.tracking.routes import packed
from modelwright.tracking.service import datasets, runs
from tests.tracking.routes.test_routes import Asking

ANN = local_user("ann")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs((tmp_path / "blobs").as_uri(), tmp_path / "incoming")


def new_run(db: Database) -> str:
    return db.write_now(lambda tx: runs.create(tx, ANN, runs.checked(NewRun()))).id


def put(db: Database, blobs: Blobs, owner: str, path: str, text: str) -> None:
    spool = blobs.spool()
    spool.write(text.encode())
    placed = spool.place()
    spool.close()
    db.write_now(lambda tx: artifacts.enter(tx, ANN, owner, path, placed))


def test_the_files_of_several_runs_come_in_one_answer(
    db: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a logged model, of a folder that is a model, and of a run without either; what is too long is left out."""
    monkeypatch.setattr(packed, "_BYTES", 20)
    logged, foldered, none = [new_run(db) for _ in range(3)]
    output = RunUses(models=[ModelUse(model_id="m-1", step=0)])
    db.write_now(lambda tx: datasets.log_outputs(tx, ANN, logged, output))
    put(db, blobs, "logged-models/m-1", "MLmodel", "flavors: {}")
    put(db, blobs, "logged-models/m-1", "requirements.txt", "a long list of all libraries")
    put(db, blobs, f"runs/{foldered}", "data/deep/MLmodel", "not a top folder")
    put(db, blobs, f"runs/{foldered}", "model/MLmodel", "flavors: {a: {}}")
    put(db, blobs, f"runs/{foldered}", "model/requirements.txt", "numpy==2")
    put(db, blobs, f"runs/{none}", "requirements.txt", "of no model")
    ask = Asking(db, blobs=blobs)
    answer = ask("POST", "runs/packed", {"run_ids": [none, foldered, logged, none]}).json()

    assert [
        {"run_id": none, "mlmodel": "", "requirements": ""},
        {"run_id": foldered, "mlmodel": "flavors: {a: {}}", "requirements": "numpy==2"},
        {"run_id": logged, "mlmodel": "flavors: {}", "requirements": ""},
    ] == answer["runs"]
    assert 404 == ask("POST", "runs/packed", {"run_ids": ["0" * 32]}).status_code
