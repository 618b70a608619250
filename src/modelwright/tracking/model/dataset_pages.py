"""A dataset as its page shows it: what it is, and who used it."""

import msgspec


class DatasetSource(msgspec.Struct, frozen=True):
    """Where a run said that it had the dataset from."""

    source_type: str
    source: str


class DatasetShown(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset by its name and digest, as the experiments that used it logged it.

    `schema` and `profile` are what MLflow's client logs: JSON texts, the last ones that were not empty.
    """

    name: str
    digest: str
    sources: list[DatasetSource]
    schema: str
    profile: str
    experiments: list[str]


class DatasetUse(msgspec.Struct, frozen=True, kw_only=True):
    """A run that used the dataset; `context` is what for, such as training, "" where that was not said."""

    run_id: str
    run_name: str
    experiment_id: str
    experiment: str
    status: str
    deleted: bool
    started_ms: int
    context: str


class MeasuredOn(msgspec.Struct, frozen=True, kw_only=True):
    """The latest value of a logged model's metric on the dataset; None when it is NaN."""

    model_id: str
    key: str
    value: float | None
