"""Past predictions in bulk."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from modelwright.core.errors import BadInput, Unavailable
from modelwright.sdk.http import Api, refusal
from modelwright.serving.model import Logging, Segment
from modelwright.serving.rollouts.plan import parse_span_ms
from modelwright.serving.shown import LedgerShown, SegmentsShown

_MODULES = ("pyarrow", "duckdb")


def table(deployment: str, *, since: str = "1d", api: Api | None = None) -> Any:
    """A deployment's predictions of the last `since` (90s, 10m, 2h, 7d) as a pyarrow table, oldest first.

    Needs the extra `ledger`. Raises NotFound when there are none.
    """
    batch = _batch()
    api = api or Api()
    until_ms = time.time_ns() // 1_000_000 + 1
    since_ms = until_ms - parse_span_ms(since)
    path = f"/api/v1/deployments/{quote(deployment, safe='')}/segments"
    found = api.get(path, SegmentsShown, since_ms=since_ms, until_ms=until_ms)
    return batch.as_table(_bodies(api, found.segments), since_ms=since_ms, until_ms=until_ms)


def shown(deployment: str, *, api: Api | None = None) -> LedgerShown:
    """What the ledger keeps of a deployment, and how much it holds."""
    return (api or Api()).get(f"/api/v1/deployments/{quote(deployment, safe='')}/ledger", LedgerShown)


def set_ledger(deployment: str, logging: Logging, *, api: Api | None = None) -> LedgerShown:
    """Decide anew what the ledger keeps of a deployment, from the next prediction on."""
    return (api or Api()).put(f"/api/v1/deployments/{quote(deployment, safe='')}/ledger", LedgerShown, logging)


def export(deployment: str, target: str | Path, *, since: str = "1d", api: Api | None = None) -> int:
    """Write them as one Parquet file; how many rows it has."""
    found = table(deployment, since=since, api=api)
    _batch().write_parquet(found, Path(target))
    rows: int = found.num_rows
    return rows


def query(
    deployment: str, sql: str, *, since: str = "1d", api: Api | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a DuckDB query over the table `predictions`."""
    answer: tuple[list[str], list[tuple[Any, ...]]] = _batch().query(table(deployment, since=since, api=api), sql)
    return answer


def _bodies(api: Api, segments: list[Segment]) -> Iterator[tuple[Segment, bytes]]:
    with httpx.Client(timeout=60) as client:
        for segment in segments:
            try:
                answer = client.get(f"{api.url}/api/v1/segments/{quote(segment.name, safe='')}")
            except httpx.TransportError as error:
                raise Unavailable(f"the server at {api.url} does not answer: {error}") from error
            if answer.is_error:
                raise refusal(answer)
            yield segment, answer.content


def _batch() -> Any:
    missing = [name for name in _MODULES if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInput(f"reading the ledger needs {' and '.join(missing)}: pip install 'modelwright[ledger]'")
    return importlib.import_module("modelwright.serving.batch.ledger")
