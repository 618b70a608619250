"""Runs as they are shown beside each other."""

import msgspec

from modelwright.core.db.database import Database
from modelwright.tracking.model.runs import DatasetInput, ModelUse, Run
from modelwright.tracking.model.shown import CONTEXT_TAG, compare
from tests.tracking.making import new_run, whole


def _with(run: Run, digest: str, *models: str) -> Run:
    tags = {CONTEXT_TAG: "training"}
    use = DatasetInput(
        name="churn", digest=digest, source_type="local", source="x", schema=None, profile=None, tags=tags
    )
    outputs = [ModelUse(model_id=model, step=0) for model in models]
    return msgspec.structs.replace(run, datasets=[use], model_outputs=outputs)


def test_runs_are_compared_by_the_data_they_took_and_the_models_they_gave(db: Database) -> None:
    """A dataset goes by its name and what it was used for; what differs about it is its digest."""
    plain, first, second = (whole(db, new_run(db)) for _ in range(3))
    found = compare([plain, _with(first, "aa", "m-1", "m-1"), _with(second, "bb", "m-2")])

    assert [("churn (training)", [None, "aa", "bb"], True)] == [(d.key, d.values, d.differs) for d in found.datasets]
    assert [[], ["m-1"], ["m-2"]] == found.model_outputs
