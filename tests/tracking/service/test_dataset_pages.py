"""A dataset, wherever runs used it, on both databases."""

import pytest

from modelwright.core.auth import SYSTEM
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, NotFound
from modelwright.tracking.model.datasets import uses as checked
from modelwright.tracking.model.runs import DatasetInput
from modelwright.tracking.service import dataset_pages as service
from modelwright.tracking.service import datasets, finding, runs
from modelwright.tracking.service.holds import Deletion
from tests.tracking.making import new_experiment, new_run


def use(db: Database, run_id: str, name: str = "lake/a.csv", context: str = "training", **more: str) -> None:
    tags = {"mlflow.data.context": context} if context else {}
    told = {"digest": "d1", "source_type": "local", "source": "a.csv", **more}
    one = DatasetInput(name=name, tags=tags, **{"schema": None, "profile": None, **told})  # type: ignore[arg-type]  # as told
    db.write_now(lambda tx: datasets.log_inputs(tx, SYSTEM, run_id, checked([one], [])))


def test_one_dataset_is_shown_from_all_experiments(db: Database) -> None:
    """The last schema that was told, and each source once; another digest is another dataset."""
    first, second = new_run(db, new_experiment(db, "one")), new_run(db, new_experiment(db, "two"))
    use(db, first, schema="{}", profile="{}")
    use(db, second, source="b.csv")
    use(db, second, digest="d2", source="c.csv")
    shown = db.read_now(lambda tx: service.show(tx, "lake/a.csv", "d1"))

    assert ["b.csv", "a.csv"] == [one.source for one in shown.sources]
    assert ("{}", "{}", 2) == (shown.schema, shown.profile, len(shown.experiments))
    with pytest.raises(NotFound):
        db.read_now(lambda tx: service.show(tx, "lake/a.csv", "d3"))


def test_runs_that_used_it_come_newest_first_page_by_page(db: Database) -> None:
    """With what each used it for; a deleted one says so."""
    ids = [new_run(db) for _ in range(5)]
    for run_id in ids:
        use(db, run_id, context="" if run_id == ids[2] else "training")
    db.write_now(lambda tx: runs.delete(tx, SYSTEM, ids[4], Deletion([])))
    first = db.read_now(lambda tx: service.uses(tx, "lake/a.csv", "d1", limit=3))
    rest = db.read_now(lambda tx: service.uses(tx, "lake/a.csv", "d1", limit=3, token=first.next_page_token))
    none = db.read_now(lambda tx: service.uses(tx, "other", "d1", limit=3))

    assert ids[::-1] == [one.run_id for one in (*first.items, *rest.items)]
    assert [True, False, False] == [one.deleted for one in first.items]
    assert ["training", "training", ""] == [one.context for one in first.items]
    assert (None, []) == (rest.next_page_token, none.items)
    with pytest.raises(BadInput):
        db.read_now(lambda tx: service.uses(tx, "other", "d1", limit=3, token=first.next_page_token))


def test_datasets_are_found_by_a_part_of_their_name(db: Database) -> None:
    """In any case, literally, each once."""
    one, two = new_run(db, new_experiment(db, "one")), new_run(db, new_experiment(db, "two"))
    for run_id in (one, two):
        use(db, run_id)
    use(db, two, name="100%")

    def found(words: str) -> list[tuple[str, str]]:
        return [(item.ref, item.detail) for item in db.read_now(lambda tx: finding.find_datasets(tx, words, 5))]

    assert [("datasets/lake/a.csv/d1", "d1")] == found("E/A.C")
    assert [("datasets/100%/d1", "d1")] == found("0%")
    assert [] == found("a_csv")
