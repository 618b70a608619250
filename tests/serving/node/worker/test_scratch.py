"""How much a model's folder may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright.core.errors import BadInput
from modelwright.serving.node.worker import scratch
from modelwright.serving.node.worker.scratch import SCRATCH_BYTES, USUAL_BYTES, holds_more, scratch_bytes


def test_all_that_lies_in_the_folder_counts(tmp_path: Path) -> None:
    """Also what is hidden far below; a link counts for itself and not for what it points at."""
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (tmp_path / "away").symlink_to("/")
    before = holds_more(tmp_path, 1_000_000)
    for name in ("one", "two"):
        (deep / name).write_bytes(bytes(600_000))

    assert (False, True) == (before, holds_more(tmp_path, 1_000_000))
    assert not holds_more(tmp_path / "gone", 1)


def test_files_without_end_take_room_though_nothing_is_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_FILES", 20)
    for name in range(21):
        (tmp_path / str(name)).touch()

    assert holds_more(tmp_path, USUAL_BYTES)


def test_the_node_s_environment_says_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SCRATCH_BYTES, raising=False)
    usual = scratch_bytes()
    monkeypatch.setenv(SCRATCH_BYTES, "5000")
    said = scratch_bytes()
    for wrong in ("0", "much", "-1", ""):
        monkeypatch.setenv(SCRATCH_BYTES, wrong)
        with pytest.raises(BadInput, match=SCRATCH_BYTES):
            scratch_bytes()

    assert (USUAL_BYTES, 5000) == (usual, said)
