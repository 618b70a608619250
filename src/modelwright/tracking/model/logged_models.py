"""Logged models: models as a run gives them out, before anybody registers them."""

import math
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

import msgspec

from modelwright.core import limits
from modelwright.core.errors import BadInput
from modelwright.tracking.model import rules
from modelwright.tracking.model.points import stored_value

PENDING: Final = "PENDING"
READY: Final = "READY"
FAILED: Final = "FAILED"


class ModelMetric(msgspec.Struct, frozen=True, kw_only=True):
    """The latest value of a metric that was logged for a model, per run and dataset. Empty names: none was given."""

    key: str
    value: float
    ms: int
    step: int
    run_id: str
    dataset_name: str
    dataset_digest: str


class LoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """`status` is PENDING, READY or FAILED; `source_run_id` and `model_type` are empty when not given."""

    pk: int
    id: str
    experiment_id: int
    name: str
    artifact_location: str
    source_run_id: str
    status: str
    status_message: str | None
    model_type: str
    lifecycle: str
    created_ms: int
    updated_ms: int
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: list[ModelMetric] = []


class NewLoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    experiment_id: int
    name: str = ""
    source_run_id: str = ""
    model_type: str = ""
    params: dict[str, str] = {}
    tags: dict[str, str] = {}

    def check(self) -> None:
        """Raises BadInput for what breaks a rule."""
        rules.check_logged_model_name(self.name)
        rules.check_text(self.model_type, limits.EXPERIMENT_NAME, "model_type")
        if self.source_run_id:
            rules.check_run_id(self.source_run_id)
        check_params(self.params)
        check_tags(self.tags)


def check_params(params: dict[str, str]) -> None:
    if len(params) > limits.LOGGED_MODEL_PARAMS:
        raise BadInput(
            f"A request can contain at most {limits.LOGGED_MODEL_PARAMS} params of a logged model; got {len(params)}. "
            "Log the rest in further requests",
            limit=limits.LOGGED_MODEL_PARAMS,
            count=len(params),
        )
    for index, (key, value) in enumerate(params.items()):
        rules.check_free_param(key, value, f"params[{index}].")


def check_tags(tags: dict[str, str]) -> None:
    for index, (key, value) in enumerate(tags.items()):
        rules.check_free_tag(key, value, f"tags[{index}].")


class ModelPoint(NamedTuple):
    """A value for a logged model. `value` is 0 when it is NaN."""

    model_id: str
    key: str
    dataset_name: str
    dataset_digest: str
    step: int
    ms: int
    value: float
    is_nan: int


class NewModelPoint(Protocol):
    """A point as a request carries it, which may be for a model too."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def step(self) -> int: ...
    @property
    def model_id(self) -> str | None: ...
    @property
    def dataset_name(self) -> str | None: ...
    @property
    def dataset_digest(self) -> str | None: ...


def model_points(metrics: Iterable[NewModelPoint]) -> list[ModelPoint]:
    """Those of the points that are for a model. Their keys and times are checked with the run's."""
    return [_model_point(metric) for metric in metrics if metric.model_id]


def _model_point(metric: NewModelPoint) -> ModelPoint:
    value = stored_value(metric.value)
    is_nan = math.isnan(value)
    name, digest = metric.dataset_name or "", metric.dataset_digest or ""
    rules.check_text(name, limits.DATASET_NAME, "dataset_name")
    rules.check_text(digest, limits.DATASET_DIGEST, "dataset_digest")
    return ModelPoint(
        model_id=metric.model_id or "",
        key=metric.key,
        dataset_name=name,
        dataset_digest=digest,
        step=metric.step,
        ms=metric.timestamp,
        value=0.0 if is_nan else value,
        is_nan=int(is_nan),
    )
