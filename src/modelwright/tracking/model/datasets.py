"""Datasets that runs say they used, and models that they took in or gave out."""

import msgspec

from modelwright.core import limits
from modelwright.tracking.model import rules
from modelwright.tracking.model.runs import DatasetInput, ModelUse


class RunUses(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of a run's inputs, or of its outputs; checked, and nothing in it twice."""

    datasets: list[DatasetInput] = []
    models: list[ModelUse] = []


def uses(datasets: list[DatasetInput], models: list[ModelUse]) -> RunUses:
    """Of a dataset that is there twice the first stands. Raises BadInput for what breaks a rule."""
    for index, use in enumerate(datasets):
        _check(use, f"datasets[{index}].")
    for index, model in enumerate(models):
        rules.check_text(model.model_id, limits.MODEL_NAME, f"models[{index}].model_id")
    first = {(use.name, use.digest): use for use in reversed(datasets)}
    return RunUses(
        datasets=list(reversed(first.values())),
        models=list({(use.model_id, use.step): use for use in models}.values()),
    )


def _check(use: DatasetInput, path: str) -> None:
    rules.check_text(use.name, limits.DATASET_NAME, f"{path}dataset.name")
    rules.check_text(use.digest, limits.DATASET_DIGEST, f"{path}dataset.digest")
    rules.check_text(use.source_type, limits.DATASET_DIGEST, f"{path}dataset.source_type")
    rules.check_text(use.source, limits.DATASET_SOURCE, f"{path}dataset.source")
    rules.check_text(use.schema or "", limits.DATASET_SCHEMA, f"{path}dataset.schema")
    rules.check_text(use.profile or "", limits.DATASET_PROFILE, f"{path}dataset.profile")
    for index, (key, value) in enumerate(use.tags.items()):
        rules.check_text(key, limits.INPUT_TAG_KEY, f"{path}tags[{index}].key")
        rules.check_text(value, limits.INPUT_TAG_VALUE, f"{path}tags[{index}].value")
