"""The node as a process: it starts from a folder, answers, and on SIGTERM finishes and leaves with status 0."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.serving.node.models import ROWS


def test_node_answers_and_leaves_when_asked(tmp_path: Path, onnx_folder: Path) -> None:
    """`modelwright node --folder` serves a model folder; SIGTERM ends it in order."""
    command = [sys.executable, "-m", "modelwright", "node", "--folder", str(onnx_folder), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--home", str(tmp_path / "home")], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    try:
        assert process.stderr is not None
        found = next(match for line in process.stderr if (match := re.search(r"listens on 127\.0\.0\.1:(\d+)", line)))
        with httpx.Client(base_url=f"http://127.0.0.1:{found[1]}", timeout=60) as client:
            while client.get("/v2/health/ready").status_code != 200 or not client.get("/deployments").json():
                pass
            answer = client.post("/invocations", json={"inputs": ROWS[:2].tolist()})
        process.send_signal(signal.SIGTERM)
        status = process.wait(60)
    finally:
        process.kill()
        process.communicate()

    assert ROWS[:2].sum(axis=1).tolist() == pytest.approx(answer.json()["predictions"])
    assert 0 == status


def test_a_node_starts_without_the_libraries_of_models() -> None:
    """A bundle or an image of a model brings its own library alone; the node imports none before it needs it."""
    libraries = ("onnxruntime", "sklearn", "pandas", "scipy", "onnx", "skl2onnx")
    absent = f"import sys; sys.modules.update(dict.fromkeys({libraries!r}))"
    program = f"{absent}; import modelwright.serving.node.alone"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
