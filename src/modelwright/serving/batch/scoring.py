"""A file through a model: the node's own loader and engines, without a server in between."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from modelwright.core.errors import BadInput
from modelwright.serving.batch.asking import ask
from modelwright.serving.batch.columns import answer_columns, columns_to_read, table_of
from modelwright.serving.batch.files import Columns, Job, Source, Target
from modelwright.serving.model import Engine, Route
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.files import Files
from modelwright.serving.node.loading import Loaded, Loader, load_replicas
from modelwright.serving.node.replicas import Replicated
from modelwright.serving.node.runners import Runner
from modelwright.serving.node.tables import Schema
from modelwright.serving.node.threads import Threads

CALL_ROWS = 16_384
PART_ROWS = 131_072
_TIMEOUT_S = 3600.0

Fetch = Callable[[str], AsyncIterator[bytes]]
Progress = Callable[[int], None]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`keep` names input columns that are copied beside the answers; `all_outputs` asks for more than the first.

    `ray` is the address of a Ray cluster that computes; "local" starts one here, "" computes without.
    """

    source: Path
    target: Path
    keep: tuple[str, ...] = ()
    all_outputs: bool = False
    engine: Engine = Engine.AUTO
    ray: str = ""


def score(asked: Asked, route: Route, fetch: Fetch, *, home: Path, progress: Progress) -> int:
    """Rows written, by as many copies of the model at a time as the route has replicas.

    Parts that an earlier, stopped run left are not computed again; `progress` is told rows done. Raises BadInput for a
    file that the model cannot take, and what the loader raises.
    """
    if not asked.ray:
        return asyncio.run(_score(asked, route, fetch, home, progress))
    with _on_ray().cluster(asked.ray, route.replicas):
        return asyncio.run(_score(asked, route, fetch, home, progress))


def _on_ray() -> Any:
    if importlib.util.find_spec("ray") is None:
        raise BadInput("scoring on a Ray cluster needs ray: pip install 'modelwright[ray]'")
    return importlib.import_module("modelwright.serving.batch.on_ray")


async def _score(asked: Asked, route: Route, fetch: Fetch, home: Path, progress: Progress) -> int:
    source = Source(asked.source)
    source.check_columns(asked.keep)
    wanted = asked.keep, asked.all_outputs, asked.engine
    target = Target(asked.target, Job(source.identity, route.manifest, PART_ROWS, *wanted))
    with Threads(os.cpu_count() or 1) as threads:
        folder = await Files(home).version(route, fetch)
        chosen = msgspec.structs.replace(route, engine=asked.engine)
        if asked.ray:
            loaded = await _on_ray().load_copies(folder, chosen)
        else:
            environments = Environments(home / "environments")
            loader = Loader(environments=environments, home=home, threads=threads)
            loaded = await load_replicas(loader, folder, chosen)
        try:
            await _through(asked, loaded, source, target, progress)
        finally:
            loaded.runner.close()
    return await asyncio.to_thread(target.finish)


async def _through(asked: Asked, loaded: Loaded, source: Source, target: Target, progress: Progress) -> None:
    """One call more than there are copies of the model is under way: that one is read while they compute."""
    runners = loaded.runner.runners if isinstance(loaded.runner, Replicated) else (loaded.runner,)
    free: asyncio.Queue[Runner] = asyncio.Queue()
    for one in runners:
        free.put_nowait(one)
    columns = columns_to_read(loaded.schema, source.names, asked.keep)
    done = target.done * PART_ROWS
    progress(done)
    part: list[pa.RecordBatch] = []
    ahead: deque[asyncio.Task[pa.RecordBatch]] = deque()
    try:
        async for piece in _pieces(source, columns, done):
            ahead.append(asyncio.create_task(_scored(asked, loaded.schema, free, piece)))
            if len(ahead) > len(runners):
                done += await _keep(ahead, part, target)
                progress(done)
        while ahead:
            done += await _keep(ahead, part, target)
            progress(done)
    finally:
        for task in ahead:
            task.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)
    if part:
        await asyncio.to_thread(target.add, pa.Table.from_batches(part))


async def _pieces(source: Source, columns: Columns, done: int) -> AsyncIterator[pa.RecordBatch]:
    """The rest of the source in batches for one call each, none of them in two parts."""
    batches = source.batches(CALL_ROWS, skip=done, columns=columns)
    room = PART_ROWS
    while (batch := await asyncio.to_thread(next, batches, None)) is not None:
        for piece in (batch.slice(0, room), batch.slice(room)):
            if piece.num_rows:
                room = (room - piece.num_rows) or PART_ROWS
                yield piece


async def _keep(ahead: deque[asyncio.Task[pa.RecordBatch]], part: list[pa.RecordBatch], target: Target) -> int:
    """Wait for the call that was begun first; write the part that it fills. Its rows."""
    batch = await ahead.popleft()
    part.append(batch)
    if sum(one.num_rows for one in part) == PART_ROWS:
        await asyncio.to_thread(target.add, pa.Table.from_batches(part))
        part.clear()
    return int(batch.num_rows)


async def _scored(asked: Asked, schema: Schema, free: asyncio.Queue[Runner], batch: pa.RecordBatch) -> pa.RecordBatch:
    table = table_of(batch, schema, asked.keep)
    runner = await free.get()
    answer = await ask(runner, table, more=asked.all_outputs, timeout_s=_TIMEOUT_S)
    free.put_nowait(runner)
    kept = {name: batch.column(batch.schema.get_field_index(name)) for name in asked.keep}
    answers = answer_columns(answer)
    if taken := sorted(kept.keys() & answers.keys()):
        raise BadInput(f"{taken[0]!r} is to be kept, and is also an answer's name; rename it in {asked.source.name}")
    return pa.RecordBatch.from_pydict({**kept, **answers})
