"""Versions that learned from a dataset, or were measured on it."""

import msgspec


class DatasetMetric(msgspec.Struct, frozen=True, kw_only=True):
    """None for NaN."""

    key: str
    value: float | None


class DatasetVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version and what ties it to the dataset.

    `contexts` are what its run used the dataset for, such as training ("": that was not said; none at all: it did
    not). `metrics` are those of its logged model on the dataset.
    """

    model: str
    number: int
    created_ms: int
    contexts: list[str]
    metrics: list[DatasetMetric]


class DatasetVersions(msgspec.Struct, frozen=True, kw_only=True):
    """The newest versions first. `whole` is False when there are more runs or versions than were looked at."""

    items: list[DatasetVersion]
    whole: bool
