"""Versions that learned from a dataset, or were measured on it, on both databases."""

import pytest

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.registry.service import dataset_versions
from modelwright.tracking.model.datasets import uses
from modelwright.tracking.model.logged_models import ModelPoint, NewLoggedModel
from modelwright.tracking.model.runs import DatasetInput
from modelwright.tracking.service import datasets, logged_models
from tests.registry.house import new_model, new_run, new_version, put_files


def use(db: Database, run_id: str, digest: str) -> None:
    one = DatasetInput(
        name="a.csv",
        digest=digest,
        source_type="local",
        source="a.csv",
        schema=None,
        profile=None,
        tags={"mlflow.data.context": "training"},
    )
    db.write_now(lambda tx: datasets.log_inputs(tx, SYSTEM, run_id, uses([one], [])))


def test_versions_of_runs_that_used_it(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first, each with what its run used it for; where not all runs were looked at, that is said."""
    new_model(db)
    for digest in ("d1", "d2", "d1"):
        run_id = new_run(db)
        use(db, run_id, digest)
        new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
    found = db.read_now(lambda tx: dataset_versions.of(tx, "a.csv", "d1"))
    none = db.read_now(lambda tx: dataset_versions.of(tx, "a.csv", "d3"))
    monkeypatch.setattr(dataset_versions, "MOST", 1)
    some = db.read_now(lambda tx: dataset_versions.of(tx, "a.csv", "d1"))

    assert [(3, ["training"], []), (1, ["training"], [])] == [(v.number, v.contexts, v.metrics) for v in found.items]
    assert ([], True) == (none.items, none.whole)
    assert ([3], False) == ([v.number for v in some.items], some.whole)


def test_versions_that_were_measured_on_it(db: Database) -> None:
    """The metrics of a version's logged model on this dataset, and no others; NaN is said as nothing."""
    new_model(db)
    judge = new_run(db)
    new = NewLoggedModel(experiment_id=0, source_run_id=judge)
    model_id = db.write_now(lambda tx: logged_models.create(tx, SYSTEM, new)).id
    points = [
        ModelPoint(model_id, "auc", "a.csv", "d1", 0, 2, 0.9, 0),
        ModelPoint(model_id, "loss", "a.csv", "d1", 0, 2, 0.0, 1),
        ModelPoint(model_id, "f1", "a.csv", "d2", 0, 2, 0.7, 0),
    ]
    db.write_now(lambda tx: logged_models.log_points(tx, judge, points))
    put_files(db, f"logged-models/{model_id}", {"MLmodel": b"flavors: {}"})
    new_version(db, source=f"models:/{model_id}", logged_model_id=model_id)
    [version] = db.read_now(lambda tx: dataset_versions.of(tx, "a.csv", "d1")).items

    assert (1, []) == (version.number, version.contexts)
    assert [("auc", 0.9), ("loss", None)] == [(one.key, one.value) for one in version.metrics]
