"""Scoring a whole file with a registered version, on this machine."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from modelwright.core.errors import BadInput
from modelwright.sdk.http import Api, refusal
from modelwright.sdk.words import several
from modelwright.serving.model import Engine, Route
from modelwright.serving.shown import PackageShown

_CHUNK_BYTES = 1 << 20


def predict(
    version: str,
    source: str | Path,
    target: str | Path,
    *,
    keep: str | Sequence[str] = (),
    all_outputs: bool = False,
    engine: Engine = Engine.AUTO,
    replicas: int = 1,
    ray: str = "",
    home: Path | None = None,
    progress: Callable[[int], None] = lambda _: None,
    api: Api | None = None,
) -> int:
    """Answer every row of `source` (CSV or Parquet) with a version, into the Parquet file `target`; the rows written.

    `keep` names a column, or several, to copy beside the answers. `replicas` copies of the model compute at a time,
    each of them on one core. A run that was stopped goes on where it was when it is started again with the same
    arguments. `ray` is the address of a Ray cluster whose processors compute (`auto`, `host:6379`,
    `ray://host:10001`), or `local` for one that lasts as long as this; the answers are the same. Needs the extra
    `ledger` (pyarrow), or `ray`. Raises BadInput for a file that the version cannot take, Unavailable when no cluster
    answers.
    """
    scoring = _scoring()
    api = api or Api()
    package = api.get("/api/v1/packages", PackageShown, version=version)
    route = Route(
        id="batch",
        version=package.version,
        manifest=package.manifest,
        files=package.files,
        share=1.0,
        engine=engine,
        replicas=replicas,
    )
    asked = scoring.Asked(
        source=Path(source), target=Path(target), keep=several(keep), all_outputs=all_outputs, engine=engine, ray=ray
    )
    folder = home or Path.home() / ".cache" / "modelwright" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    rows: int = scoring.score(asked, route, fetcher(api, str(package.version)), home=folder, progress=progress)
    return rows


def rows_in(source: str | Path) -> int | None:
    """How many rows a Parquet file has; None for CSV, which would have to be read for that."""
    _scoring()
    found: int | None = importlib.import_module("modelwright.serving.batch.files").Source(Path(source)).rows
    return found


def _scoring() -> Any:
    if importlib.util.find_spec("pyarrow") is None:
        raise BadInput("scoring files needs pyarrow: pip install 'modelwright[ledger]'")
    return importlib.import_module("modelwright.serving.batch.scoring")


def fetcher(api: Api, version: str) -> Callable[[str], AsyncIterator[bytes]]:
    """What gives the bytes of a version's file by its digest."""

    async def fetch(digest: str) -> AsyncIterator[bytes]:
        url = f"{api.url}/api/v1/packages/files/{quote(digest, safe='')}"
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("GET", url, params={"version": version}) as answer,
        ):
            if answer.is_error:
                await answer.aread()
                raise refusal(answer)
            async for chunk in answer.aiter_bytes(_CHUNK_BYTES):
                yield chunk

    return fetch
