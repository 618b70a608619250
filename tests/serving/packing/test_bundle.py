"""Bundles: everything a version needs, described by itself, and enough to answer."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path

import pytest

from modelwright.core.errors import BadInput
from modelwright.serving.node.package import read_package
from modelwright.serving.packing import bundle as bundles
from modelwright.serving.packing.archive import write_tar
from modelwright.serving.packing.bundle import Bundle
from tests.serving.node.models import ROWS
from tests.serving.packing.conftest import answering


def unpacked(version: Bundle, folder: Path) -> Path:
    out = io.BytesIO()
    write_tar(out, version.entries())
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_bundle_answers_from_its_own_files(version: Bundle, tmp_path: Path) -> None:
    """The node in it needs nothing else of ours, and answers as the model does."""
    folder = unpacked(version, tmp_path / "bundle")
    env = {**os.environ, "PYTHONPATH": str(folder / "runtime")}
    command = [
        sys.executable,
        "-m",
        "modelwright.serving.node.alone",
        str(folder / "model"),
        "--name",
        "fraud",
        "--port",
        "0",
    ]
    with answering(command, env) as client:
        invoked = client.post("/invocations", json={"inputs": ROWS[:2].tolist()})

    assert 200 == invoked.status_code, invoked.text
    assert pytest.approx(ROWS[:2].sum(axis=1).tolist()) == invoked.json()["predictions"]
    assert read_package(folder / "model").signature == version.package.signature


def test_manifest_describes_every_other_file(version: Bundle, tmp_path: Path) -> None:
    """Path, digest and size, so that whoever unpacks can check; and what the version is."""
    folder = unpacked(version, tmp_path / "bundle")
    said = json.loads((folder / "manifest.json").read_bytes())
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    found = {str(path.relative_to(folder)): f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths}

    assert found == {one["path"]: one["digest"] for one in said["files"]}
    assert ("modelwright-bundle/1", "fraud:17", version.manifest) == (said["format"], said["version"], said["manifest"])
    assert "inputs" in said["signature"]
    assert (folder / "run").stat().st_mode & 0o111


def test_two_bundles_are_equal_byte_for_byte(version: Bundle) -> None:
    """So a digest says what is in a bundle."""
    one, other = io.BytesIO(), io.BytesIO()
    write_tar(one, version.entries())
    write_tar(other, version.entries())

    assert one.getvalue() == other.getvalue()


def test_version_without_requirements_cannot_be_locked(version: Bundle) -> None:
    """What it needs is not guessed."""
    (version.folder / "requirements.txt").unlink()
    with pytest.raises(BadInput, match=r"no requirements\.txt"):
        bundles.lock(version.folder)
