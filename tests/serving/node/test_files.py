"""Versions on a node's disk: what was damaged there is never opened, and what nobody wants goes."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modelwright.serving.model import Route
from modelwright.serving.node.files import Files, digest_of, write_whole
from tests.serving.node.live import Shelf


def is_whole(folder: Path, route: Route) -> bool:
    return {one.path: one.digest for one in route.files} == {
        one.path: digest_of(folder / one.path) for one in route.files
    }


def test_a_damaged_file_that_versions_share_is_mended_in_each_of_them(
    tmp_path: Path, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """One version's link to the damaged bytes does not make them look checked to the other."""
    routes = [shelf.route(onnx_folder, number=1), shelf.route(doubling_folder, number=2)]
    shared = set.intersection(*({file.digest for file in route.files} for route in routes))
    files = Files(tmp_path)

    async def fetched() -> list[Path]:
        return [await files.version(route, shelf.fetch) for route in routes]

    asyncio.run(fetched())
    for digest in shared:
        (tmp_path / "blobs" / digest.removeprefix("sha256:")).write_bytes(b"rotten")
    folders = asyncio.run(fetched())

    assert shared
    assert [True, True] == [is_whole(*pair) for pair in zip(folders, routes, strict=True)]


def test_what_is_not_wanted_goes_and_nothing_of_what_is_being_fetched(
    tmp_path: Path, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """The files of a version that is half here are linked by nothing yet; they stay."""
    old, new = shelf.route(onnx_folder, number=1), shelf.route(doubling_folder, number=2)
    files = Files(tmp_path)

    def versions() -> int:
        return len(list((tmp_path / "versions").iterdir()))

    async def run() -> tuple[int, Path]:
        half_here, go_on = asyncio.Event(), asyncio.Event()

        async def slowly(digest: str) -> AsyncIterator[bytes]:
            if digest == new.files[-1].digest:
                half_here.set()
                await go_on.wait()
            async for chunk in shelf.fetch(digest):
                yield chunk

        await files.version(old, shelf.fetch)
        fetching = asyncio.create_task(files.version(new, slowly))
        await half_here.wait()
        await files.forget(set())
        kept = versions()
        go_on.set()
        folder = await fetching
        await files.forget({new.manifest})
        return kept, folder

    kept, folder = asyncio.run(run())

    assert (1, 1) == (kept, versions())
    assert is_whole(folder, new)
    assert {file.digest for file in new.files} == {f"sha256:{one.name}" for one in (tmp_path / "blobs").iterdir()}


def test_a_full_disk_is_not_filled_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written whole leaves what was there, and nothing beside it."""
    path = tmp_path / "state.json"
    write_whole(path, {"revision": 1})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, {"revision": 2})

    assert b'{"revision":1}' == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())
