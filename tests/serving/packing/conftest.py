"""A version to pack, and what is started from it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from modelwright.serving.packing.bundle import Bundle
from tests.serving.node.models import linear_onnx, write_onnx


@pytest.fixture
def version(tmp_path: Path) -> Bundle:
    """fraud:17, which sums thirty numbers, with a lock that nobody has to fetch."""
    folder = write_onnx(tmp_path / "version", linear_onnx(1.0))
    (folder / "requirements.txt").write_text("onnxruntime\n")
    return Bundle(version="fraud:17", manifest=f"sha256:{17:064x}", folder=folder, lock=b"numpy==2.0.0\n")


@contextmanager
def answering(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> Iterator[httpx.Client]:
    """`command` as a process, once it has said on which port it listens; ended with the block."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ) if env is None else dict(env),
    )
    try:
        assert process.stdout is not None
        said = next((line for line in process.stdout if line.startswith("listening on port ")), "")
        assert said, "the process ended before it listened"
        with httpx.Client(base_url=f"http://127.0.0.1:{int(said.split()[-1])}", timeout=120) as client:
            while client.get("/v2/health/ready").status_code != 200:
                assert process.poll() is None
            yield client
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
