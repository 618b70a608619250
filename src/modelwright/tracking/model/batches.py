"""What is written to a run in one go: params, tags and points, checked, with the points gathered by series."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from modelwright.core import limits
from modelwright.core.errors import BadInput
from modelwright.tracking.model import rules
from modelwright.tracking.model.points import pack_one, pack_raw, points, stored_value


class SeriesWrite(NamedTuple):
    """New points of one series: a raw chunk, and what the series' row needs to know of them.

    `last_*` are of the greatest point by (step, time, value), NaN as 0. `least` and `greatest` are None when all
    values are NaN.
    """

    key: str
    data: bytes
    size: int
    min_step: int
    max_step: int
    last_step: int
    last_ms: int
    last_value: float
    last_is_nan: int
    least: float | None
    greatest: float | None


class KeyValue(Protocol):
    """A param or a tag as a request carries it."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> str: ...


class NewPoint(Protocol):
    """A point as a request carries it. `timestamp` in ms since 1970."""

    @property
    def key(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def step(self) -> int: ...


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Checked, and with no key twice among params or tags."""

    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    series: Sequence[SeriesWrite] = ()


_ALL: Final = "metrics, params, and tags"


def batch(params: Sequence[KeyValue], tags: Sequence[KeyValue], metrics: Sequence[NewPoint]) -> Batch:
    """Raises BadInput for anything that breaks a rule, naming the element."""
    _check_sizes(len(params), len(tags), len(metrics))
    gathered = gather(metrics)
    for index, param in enumerate(params):
        rules.check_param(param.key, param.value, f"params[{index}].")
    return Batch(params=unique_params(params), tags=tag_values(tags, "tags"), series=gathered)


def unique_params(params: Sequence[KeyValue]) -> dict[str, str]:
    """Raises BadInput for a key that is there twice, also with equal values."""
    values = {param.key: param.value for param in params}
    if len(values) < len(params):
        seen: set[str] = set()
        twice = [p.key for p in params if p.key in seen or seen.add(p.key)]  # type: ignore[func-returns-value]  # adds
        raise BadInput(
            f"Duplicate parameter keys have been submitted: {twice}. Please ensure the request contains only one "
            "param value per param key."
        )
    return values


def tag_values(tags: Sequence[KeyValue], path: str) -> dict[str, str]:
    """Of a tag that is there twice, the last stands."""
    for index, tag in enumerate(tags):
        rules.check_run_tag(tag.key, tag.value, f"{path}[{index}].")
    return {tag.key: tag.value for tag in tags}


def one_point(key: str, value: float, ms: int, step: int) -> SeriesWrite:
    """A write of one point: what log-metric does, a few thousand times a second."""
    _check_point(key, ms, "")
    value = stored_value(value)
    if value != value:  # noqa: PLR0124 - NaN, without a call
        return SeriesWrite(key, pack_one(step, ms, value), 1, step, step, step, ms, 0.0, 1, None, None)
    return SeriesWrite(key, pack_one(step, ms, value), 1, step, step, step, ms, value, 0, value, value)


def gather(metrics: Sequence[NewPoint]) -> list[SeriesWrite]:
    """The points of a request by series, in the order in which the series first appear."""
    by_key: dict[str, list[Any]] = {}
    for index, metric in enumerate(metrics):
        if metric.timestamp < 0 or metric.key not in by_key:
            _check_point(metric.key, metric.timestamp, f"metrics[{index}].")
            by_key.setdefault(metric.key, []).append(metric)
        else:
            by_key[metric.key].append(metric)
    return [_series_write(key, of_key) for key, of_key in by_key.items()]


def _series_write(key: str, metrics: list[NewPoint]) -> SeriesWrite:
    if len(metrics) == 1:
        one = metrics[0]
        return one_point(key, one.value, one.timestamp, one.step)
    rows = {  # keyed by what makes a point the same, so that exact duplicates collapse here already
        (m.step, m.timestamp, *_comparable(m.value)): m for m in metrics
    }
    step, ms, value, is_nan = max(rows)
    numbers = [row[2] for row in rows if not row[3]]
    steps = [row[0] for row in rows]
    columns = points(steps, (row[1] for row in rows), (math.nan if row[3] else row[2] for row in rows))
    return SeriesWrite(
        key,
        pack_raw(columns),
        len(rows),
        min(steps),
        max(steps),
        step,
        ms,
        value,
        is_nan,
        min(numbers, default=None),
        max(numbers, default=None),
    )


def _comparable(value: float) -> tuple[float, int]:
    value = stored_value(value)
    return (0.0, 1) if math.isnan(value) else (value, 0)


def _check_point(key: str, ms: int, path: str) -> None:
    rules.check_key(key, f"{path}name")
    if ms < 0:
        rules.invalid(f"{path}timestamp", ms, f"metric '{key}'. Timestamp must be a nonnegative long (64-bit integer)")


def _check_sizes(params: int, tags: int, metrics: int) -> None:
    given: Iterable[tuple[str, int, int]] = (
        ("metrics", limits.BATCH_METRICS, metrics),
        ("params", limits.BATCH_PARAMS, params),
        ("tags", limits.BATCH_TAGS, tags),
        (_ALL, limits.BATCH_TOTAL, params + tags + metrics),
    )
    for name, limit, count in given:
        if count > limit:
            raise BadInput(
                f"A batch logging request can contain at most {limit} {name}. Got {count} {name}. Please split up "
                f"{name} across multiple requests and try again.",
                limit=limit,
                count=count,
            )
