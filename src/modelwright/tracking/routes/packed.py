"""`/api/v1/runs/packed`: what runs packed with their models, for a comparison."""

import asyncio
from typing import Any, Final

import msgspec
from litestar import post
from litestar.params import JSONBody

from modelwright.artifacts.blobs import Blobs
from modelwright.artifacts.model import Entry
from modelwright.artifacts.transfers import Files
from modelwright.core.auth import Permission
from modelwright.core.http.given import Db
from modelwright.tracking.routes.runs import RunIds
from modelwright.tracking.service import packed as service

_BYTES: Final = 256 * 1024
"""Longer files are no list that a person compares."""


class PackedAsk(msgspec.Struct, frozen=True):
    run_ids: RunIds


class PackedRun(msgspec.Struct, frozen=True, kw_only=True):
    """The texts of the model's `MLmodel` and `requirements.txt`; empty when there is none or it is over 256 KiB."""

    run_id: str
    mlmodel: str
    requirements: str


class PackedRuns(msgspec.Struct, frozen=True):
    """In the order in which they were asked for."""

    runs: list[PackedRun]


@post("/api/v1/runs/packed", opt={"needs": Permission.READ}, tags=["track"], status_code=200)
async def show_packed(db: Db, files: Files, data: JSONBody[PackedAsk]) -> PackedRuns:
    """Of each run, what the first model it put out, or the first of its folders that is one, takes and needs."""
    ids = list(dict.fromkeys(data.run_ids))
    found = await db.read(lambda tx: service.packed(tx, ids))
    return await asyncio.to_thread(_read, files.blobs, found)


def _read(blobs: Blobs, found: list[service.PackedFiles]) -> PackedRuns:
    return PackedRuns(
        [
            PackedRun(
                run_id=each.run_id,
                mlmodel=_text(blobs, each.mlmodel),
                requirements=_text(blobs, each.libraries),
            )
            for each in found
        ]
    )


def _text(blobs: Blobs, entry: Entry | None) -> str:
    if entry is None or entry.size > _BYTES:
        return ""
    return b"".join(blobs.read(entry.digest)).decode(errors="replace")


ROUTES: list[Any] = [show_packed]
