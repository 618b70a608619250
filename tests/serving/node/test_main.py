"""The node as a process: it starts from a folder, answers, and on SIGTERM finishes and leaves with status 0."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from modelwright.cli.server_process import free_port
from modelwright.serving.node import main
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


class _Sharing:
    """A node of a folder on a shared port, once it says that callers reach it there."""

    def __init__(self, folder: Path, home: Path, port: int) -> None:
        command = [sys.executable, "-m", "modelwright", "node", "--folder", str(folder), "--home", str(home)]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), "--own-port", "0"], stderr=subprocess.PIPE, text=True, cwd=home.parent
        )
        assert self.process.stderr is not None
        said = iter(self.process.stderr)
        own = next(match for line in said if (match := re.search(r"listens on 127\.0\.0\.1:(\d+)", line)))
        self.own_url = f"http://127.0.0.1:{own[1]}"
        next(line for line in said if f"callers of port {port}" in line)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.communicate(timeout=60)
        finally:
            self.process.kill()
        return self.process.returncode


def test_nodes_divide_the_callers_of_a_port_and_one_that_ends_leaves_them_to_the_other(
    tmp_path: Path, onnx_folder: Path
) -> None:
    """A node joins once it has its model loaded: no caller meets one that cannot answer."""
    port = free_port()
    asked = {"inputs": ROWS[:1].tolist()}

    def ask(url: str) -> httpx.Response:
        return httpx.post(f"{url}/invocations", json=asked, timeout=60)

    first = _Sharing(onnx_folder, tmp_path / "first", port)
    second = _Sharing(onnx_folder, tmp_path / "second", port)
    try:
        answers = [ask(f"http://127.0.0.1:{port}") for _ in range(40)]
        alone = [ask(node.own_url) for node in (first, second)]
        status = first.end()
        after = [ask(f"http://127.0.0.1:{port}") for _ in range(10)]
    finally:
        first.process.kill()
        second.end()

    def process(answer: httpx.Response) -> str:
        return answer.headers["modelwright-prediction"][12:20]

    assert {200} == {one.status_code for one in (*answers, *alone, *after)}
    assert {process(one) for one in answers} == {process(one) for one in alone}
    assert 2 == len({process(one) for one in alone})
    assert 0 == status
    assert {process(alone[1])} == {process(one) for one in after}


@pytest.mark.parametrize(
    ("address", "own"),
    [("http://vienna.example:5711", "http://vienna.example:5712"), ("http://[::1]:5711", "http://[::1]:5712")],
)
def test_the_server_asks_a_node_of_a_shared_port_where_callers_reach_it(address: str, own: str) -> None:
    """And not at the address that it listens on, which may be all there are."""
    assert own == main._beside(address, 5712)


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    """The server repeats what its own node says: one line, with the flag to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "modelwright", "node", "--folder", str(tmp_path), "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert 2 == done.returncode
    assert f"Error: cannot listen on 127.0.0.1:{port}: Address already in use; choose another --port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_shared_must_be_known(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "modelwright", "node", "--folder", str(tmp_path), "--port", "0", "--own-port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    assert 2 == done.returncode
    assert "give --port a number" in done.stderr


def test_a_node_starts_without_the_libraries_of_models() -> None:
    """A bundle or an image of a model brings its own library alone; the node imports none before it needs it."""
    libraries = ("onnxruntime", "sklearn", "pandas", "scipy", "onnx", "skl2onnx")
    absent = f"import sys; sys.modules.update(dict.fromkeys({libraries!r}))"
    program = f"{absent}; import modelwright.serving.node.alone"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
