"""Archives depend on what is in them and on nothing else."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from modelwright.serving.packing.archive import Entry, tree, write_gzip, write_tar


def packed(entries: dict[str, Entry]) -> bytes:
    out = io.BytesIO()
    write_gzip(out, entries)
    return out.getvalue()


def a_folder(folder: Path, *, first: str, umask: int) -> Path:
    """Two files and a link, made in the order that begins with `first`."""
    before = os.umask(umask)
    try:
        (folder / "deep").mkdir(parents=True)
        for name in sorted(("a", "deep/b"), key=lambda one: one != first):
            (folder / name).write_text(name)
        (folder / "link").symlink_to("a")
        (folder / "a").chmod(0o700)
    finally:
        os.umask(before)
    return folder


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    """Whatever the order, the time, the owner and the umask under which the files were made."""
    one = a_folder(tmp_path / "one", first="a", umask=0o022)
    other = a_folder(tmp_path / "other", first="deep/b", umask=0o077)
    os.utime(other / "deep" / "b", (1, 1))

    assert packed(tree(one, "x")) == packed(dict(reversed(tree(other, "x").items())))


def test_entries_are_what_they_say(tmp_path: Path) -> None:
    """Files with their mode, links, folders with what is above them; no time, no owner."""
    out = io.BytesIO()
    write_tar(out, {**tree(a_folder(tmp_path / "one", first="a", umask=0o022), "x/y"), "tmp": Entry(mode=0o1777)})
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        found = {one.name: one for one in archive.getmembers()}
        content = archive.extractfile("x/y/deep/b")
        assert content is not None
        assert b"deep/b" == content.read()

    assert ["tmp", "x", "x/y", "x/y/a", "x/y/deep", "x/y/deep/b", "x/y/link"] == list(found)
    assert (0o755, 0o644, 0o1777) == (found["x/y/a"].mode, found["x/y/deep/b"].mode, found["tmp"].mode)
    assert "a" == found["x/y/link"].linkname
    assert {(0, 0, 0)} == {(one.mtime, one.uid, one.gid) for one in found.values()}
