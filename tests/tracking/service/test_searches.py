"""Experiments, logged models and datasets are searched in pages, in MLflow's words and ours."""

import functools
from typing import Any

import pytest

from modelwright.core.db.database import Database
from modelwright.core.db.tx import WriteTx
from modelwright.core.errors import BadInput
from modelwright.tracking.service.searches import (
    ModelOrder,
    ModelSearch,
    search_datasets,
    search_experiments,
    search_logged_models,
)
from modelwright.tracking.store import tables
from modelwright.tracking.store.search.datasets import DatasetSummary
from tests.tracking.store.search.naive import Run
from tests.tracking.store.search.populating import insert, populate


def put_models(db: Database, *statuses: str) -> None:
    """Models m-0, m-1, ... of experiment 1, created one after the other."""
    populate(db, [])
    fixed: dict[str, Any] = {"experiment_id": 1, "name": "m", "artifact_location": "", "source_run_id": ""}
    fixed |= {"model_type": "", "lifecycle": "active", "updated_ms": 0}
    rows = [
        {"pk": n + 1, "id": f"m-{n}", "status": status, "created_ms": n, **fixed} for n, status in enumerate(statuses)
    ]

    def write(tx: WriteTx) -> None:
        insert(tx, tables.logged_models, rows)

    db.write_now(write)


def ids(db: Database, **search: Any) -> list[str]:
    asked = ModelSearch(experiments=(1,), **search)
    models, _ = db.read_now(functools.partial(search_logged_models, search=asked))
    return [model.id for model in models]


@pytest.mark.parametrize(
    "filter_", ["status = 'READY'", "status = 2", "status = 'LOGGED_MODEL_READY'", "status IN ('2', 'FAILED')"]
)
def test_a_status_is_found_by_all_its_names(db: Database, filter_: str) -> None:
    """MLflow compares a number that it keeps; here the name on the wire and the number find the same."""
    put_models(db, "PENDING", "READY")

    assert ["m-1"] == ids(db, filter_=filter_)


def test_logged_models_come_in_pages(db: Database) -> None:
    """Latest first; each page's token leads to the next, and the last has none."""
    put_models(db, "READY", "READY", "READY")
    asked = ModelSearch(experiments=(1,))
    first, token = db.read_now(functools.partial(search_logged_models, search=asked, limit=2))
    rest, end = db.read_now(functools.partial(search_logged_models, search=asked, limit=2, token=token))

    assert ["m-2", "m-1", "m-0"] == [model.id for model in [*first, *rest]]
    assert end is None


@pytest.mark.parametrize(
    "order",
    [
        [ModelOrder(field="params.a")],
        [ModelOrder(field="metrics.")],
        [ModelOrder(field="size")],
        [ModelOrder(field="name"), ModelOrder(field="name", ascending=False)],
    ],
)
def test_an_order_that_makes_no_sense_is_refused(db: Database, order: list[ModelOrder]) -> None:
    """Attributes and metrics order models, each attribute once."""
    with pytest.raises(BadInput):
        ids(db, order_by=tuple(order))


def test_experiments_come_in_pages(db: Database) -> None:
    """Latest first unless asked otherwise; the token belongs to its query."""
    populate(db, [], experiments=(1, 2, 3))
    first, token = db.read_now(functools.partial(search_experiments, limit=2))
    rest, end = db.read_now(functools.partial(search_experiments, limit=2, token=token))

    assert [3, 2, 1] == [one.id for one in [*first, *rest]]
    assert end is None
    with pytest.raises(BadInput, match="belongs to another query"):
        db.read_now(functools.partial(search_experiments, order_by=["name"], token=token))


def test_a_page_of_experiments_has_a_size_within_limits(db: Database) -> None:
    """The error names the limits."""
    with pytest.raises(BadInput, match="1 to 50000"):
        db.read_now(functools.partial(search_experiments, limit=0))


def test_datasets_are_summed_up_by_what_they_were_used_for(db: Database) -> None:
    """Each use of a dataset in an experiment is there once, however many runs made it."""
    common: dict[str, Any] = {"name": "r", "status": "RUNNING", "user_id": "u", "lifecycle": "active"}
    common |= {"start_time": 0, "end_time": None, "artifact_uri": ""}
    uses: dict[int, list[tuple[str, str, str | None]]]
    uses = {1: [("iris", "1", "train")], 2: [("iris", "1", "train"), ("iris", "2", None)], 3: [("iris", "1", "test")]}
    populate(db, [Run(pk=pk, id=f"r{pk}", experiment=1, datasets=used, **common) for pk, used in uses.items()])

    expected = {
        DatasetSummary(1, "iris", "1", "test"),
        DatasetSummary(1, "iris", "1", "train"),
        DatasetSummary(1, "iris", "2", None),
    }
    assert expected == set(db.read_now(functools.partial(search_datasets, experiments=[1, 2, -5])))
