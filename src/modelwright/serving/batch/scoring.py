"""A file through a model: the node's own loader and engines, without a server in between."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pyarrow as pa

from modelwright.core.errors import ModelwrightError
from modelwright.serving.batch.columns import answer_columns, table_of
from modelwright.serving.batch.files import Job, Source, Target
from modelwright.serving.model import Engine, Route
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.files import Files
from modelwright.serving.node.loading import Loaded, Loader
from modelwright.serving.node.tables import Table
from modelwright.serving.node.threads import Threads

CALL_ROWS = 16_384
PART_ROWS = 131_072
_TIMEOUT_S = 3600.0

Fetch = Callable[[str], AsyncIterator[bytes]]
Progress = Callable[[int], None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`keep` names input columns that are copied beside the answers; `all_outputs` asks for more than the first."""

    source: Path
    target: Path
    keep: tuple[str, ...] = ()
    all_outputs: bool = False
    engine: Engine = Engine.AUTO


def score(asked: Asked, route: Route, fetch: Fetch, *, home: Path, progress: Progress) -> int:
    """Rows written. Parts that an earlier, stopped run left are not computed again; `progress` is told rows done.

    Raises BadInput for a file that the model cannot take, and what the loader raises.
    """
    return asyncio.run(_score(asked, route, fetch, home, progress))


async def _score(asked: Asked, route: Route, fetch: Fetch, home: Path, progress: Progress) -> int:
    source = Source(asked.source)
    source.check_columns(asked.keep)
    target = Target(asked.target, Job(source.identity, route.manifest, PART_ROWS))
    with Threads(os.cpu_count() or 1) as threads:
        folder = await Files(home).version(route, fetch)
        environments = Environments(home / "environments")
        loader = Loader(environments=environments, home=home, threads=threads)
        loaded = await loader.load(folder, msgspec.structs.replace(route, engine=asked.engine))
        try:
            await _through(asked, loaded, source, target, progress)
        finally:
            loaded.runner.close()
    return await asyncio.to_thread(target.finish)


async def _through(asked: Asked, loaded: Loaded, source: Source, target: Target, progress: Progress) -> None:
    done = target.done * PART_ROWS
    progress(done)
    waiting: list[pa.RecordBatch] = []
    batches = source.batches(CALL_ROWS, skip=done)
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        room = PART_ROWS - sum(one.num_rows for one in waiting)
        for piece in (batch.slice(0, room), batch.slice(room)):
            if piece.num_rows:
                waiting.append(await _scored(asked, loaded, piece))
            if sum(one.num_rows for one in waiting) == PART_ROWS:
                await asyncio.to_thread(target.add, pa.Table.from_batches(waiting))
                waiting = []
        done += batch.num_rows
        progress(done)
    if waiting:
        await asyncio.to_thread(target.add, pa.Table.from_batches(waiting))


async def _scored(asked: Asked, loaded: Loaded, batch: pa.RecordBatch) -> pa.RecordBatch:
    answer = await _ask(loaded, table_of(batch, loaded.schema), more=asked.all_outputs)
    columns = {name: batch.column(batch.schema.get_field_index(name)) for name in asked.keep}
    return pa.RecordBatch.from_pydict({**columns, **answer_columns(answer)})


async def _ask(loaded: Loaded, table: Table, *, more: bool) -> Answer:
    answered: asyncio.Future[Answer | ModelwrightError] = asyncio.get_running_loop().create_future()
    loaded.runner.run(table, more=more, params=None, timeout_s=_TIMEOUT_S, ran=answered.set_result)
    result = await answered
    if isinstance(result, ModelwrightError):
        raise result
    return result
