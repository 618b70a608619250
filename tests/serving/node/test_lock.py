"""One node over a folder, and a word to who cannot be it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from modelwright.core.errors import BadInput, Conflict
from modelwright.serving.node.lock import NodeLock, holder


def test_a_second_node_is_told_who_is_there(tmp_path: Path) -> None:
    first = NodeLock(tmp_path / "home")
    with pytest.raises(Conflict, match=f"process {os.getpid()} is a node"):
        NodeLock(tmp_path / "home")
    held = holder(tmp_path / "home")
    first.close()
    NodeLock(tmp_path / "home").close()

    assert (os.getpid(), None) == (held, holder(tmp_path / "home"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A read-only disk and one who may not write are told alike, with what to do."""
    (tmp_path / "file").touch()

    with pytest.raises(BadInput, match=r"file/home cannot be a node's home: Not a directory; give it a --home"):
        NodeLock(tmp_path / "file" / "home")


def test_a_full_disk_keeps_no_node_from_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is refused all the same; only it is not told by whom."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    lock = NodeLock(tmp_path)
    with pytest.raises(Conflict):
        NodeLock(tmp_path)
    lock.close()
