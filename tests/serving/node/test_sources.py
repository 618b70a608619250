"""Where a node without a server learns what to serve."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from modelwright.serving.model import DesiredState
from modelwright.serving.node.sources import FileSource, FolderSource


def test_a_folder_is_told_once_whatever_was_served_before(onnx_folder: Path) -> None:
    """A node that served another folder from the same home has a revision of it, too, and must not keep to that."""

    async def ask() -> list[DesiredState | None]:
        source = FolderSource(onnx_folder, "sums")
        return [await source.desired(1, 0.0), await source.desired(1, 0.0)]

    first, second = asyncio.run(ask())

    assert first is not None
    assert ["sums"] == [one.name for one in first.deployments]
    assert None is second


def test_a_file_that_goes_back_is_followed(tmp_path: Path) -> None:
    """Its revision is compared for being another, not for being higher."""
    path = tmp_path / "state.json"
    source = FileSource(path, tmp_path)

    def asked(revision: int, after: int) -> DesiredState | None:
        path.write_bytes(msgspec.json.encode(DesiredState(revision=revision)))
        return asyncio.run(source.desired(after, 0.0))

    assert [DesiredState(revision=3), None] == [asked(3, after=7), asked(3, after=3)]
