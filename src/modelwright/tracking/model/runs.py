"""Runs: what is known of one, and what may be written to it."""

from typing import Final

import msgspec

from modelwright.core.errors import BadInput
from modelwright.tracking.model.experiments import ACTIVE

NAME_TAG: Final = "mlflow.runName"
"""A run's name is also this tag, and both stay in step."""
USER_TAG: Final = "mlflow.user"

RUNNING: Final = "RUNNING"
STATUSES: Final = ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")

_REVISION_BITS: Final = 12


def first_revision(now_ms: int) -> int:
    """A revision that no earlier run with the same number can have reached.

    SQLite gives the number of a run out again after the run was deleted for good. A run would need 4,096 changes in
    every millisecond of its life to grow past the first revision of its successor.
    """
    return now_ms << _REVISION_BITS


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A run without what was logged to it. Times in ms since 1970; `end_ms` is None while it runs."""

    pk: int
    id: str
    experiment_id: int
    name: str
    status: str
    user_id: str
    lifecycle: str
    start_ms: int
    end_ms: int | None
    artifact_uri: str
    revision: int

    def check_active(self) -> None:
        """Raises BadInput: a deleted run can be read, and takes nothing until it is restored."""
        if self.lifecycle != ACTIVE:
            raise not_active(self.id, self.lifecycle)


def not_active(run_id: str, lifecycle: str) -> BadInput:
    return BadInput(f"The run {run_id} must be in the 'active' state. Current state is {lifecycle}.", run_id=run_id)


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """The latest point of a series by (step, time, value). `least` and `greatest` are None if all is NaN."""

    key: str
    value: float
    ms: int
    step: int
    least: float | None
    greatest: float | None
    points: int


class DatasetInput(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that a run used, with the tags of that use."""

    name: str
    digest: str
    source_type: str
    source: str
    schema: str | None
    profile: str | None
    tags: dict[str, str]


class ModelUse(msgspec.Struct, frozen=True, kw_only=True):
    """A logged model that a run took in or gave out, at a step."""

    model_id: str
    step: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run with all that is on it, each list in the order of its keys."""

    info: RunInfo
    params: list[tuple[str, str]]
    tags: list[tuple[str, str]]
    metrics: list[Metric]
    datasets: list[DatasetInput]
    model_inputs: list[ModelUse]
    model_outputs: list[ModelUse]


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a run; None leaves a field as it is."""

    status: str | None = None
    end_ms: int | None = None
    name: str | None = None


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of a run that it starts. `start_ms` is its own clock's."""

    experiment_id: int = 0
    name: str = ""
    user_id: str = ""
    start_ms: int = 0
    tags: dict[str, str] = {}
