"""kill -9 at any moment loses nothing that was acknowledged."""

import hashlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server
from tests.end_to_end.api import Api

CLIENTS = 8


class Writer:
    """One client with a run of its own; it knows what the server has acknowledged.

    A write that was cut is sent again after the restart, as real clients do: it must not count twice.
    """

    def __init__(self, url: str, experiment: str, run_id: str) -> None:
        self.experiment, self.run_id = experiment, run_id
        self.done = 0
        self._api = Api(url, timeout_s=10.0)

    def write_until(self, stop: threading.Event) -> None:
        """Write one after the other until the server is gone. Raises AssertionError on a refusal."""
        while not stop.is_set():
            try:
                answers = list(self._write(self.done))
            except httpx.TransportError:
                return
            assert [200] * len(answers) == [answer.status_code for answer in answers], [a.text for a in answers]
            self.done += 1

    def _write(self, i: int) -> list[httpx.Response]:
        run = self.run_id
        return [
            self._api.post("runs/log-parameter", run_id=run, key=f"p{i}", value=str(i)),
            self._api.post("runs/log-metric", run_id=run, key="m", value=float(i), timestamp=1000 + i, step=i),
            self._api.post("runs/set-tag", run_id=run, key=f"t{i}", value=str(i)),
            self._api.put_file(self.experiment, run, f"f{i}.bin", content(run, i)),
        ]

    def close(self) -> None:
        self._api.close()


def content(run_id: str, i: int) -> bytes:
    return hashlib.sha256(f"{run_id} {i}".encode()).digest() * (1 + 400 * (i % 7))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_what_was_acknowledged_survives_kill_9(home: Path, kills: int) -> None:
    """Under 8 writing clients, the server is killed again and again: nothing acknowledged is lost, nothing doubled."""
    chance, port = random.Random(kills), free_port()
    with modelwright_server(home, port=port) as server, Api(server.url) as api:
        experiment = api.new_experiment("killed")
        writers = [Writer(server.url, experiment, api.new_run(experiment)) for _ in range(CLIENTS)]
    for _ in range(kills):
        with modelwright_server(home, port=port) as server:
            write_and_kill(server, writers, after_s=chance.uniform(0.05, 0.7))
    with modelwright_server(home, port=port) as server, Api(server.url) as api:
        for writer in writers:
            check(api, writer)
            writer.close()
    said = subprocess.run(
        [sys.executable, "-m", "modelwright", "doctor", "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == said.returncode, said.stdout + said.stderr


def write_and_kill(server: ServerProcess, writers: list[Writer], *, after_s: float) -> None:
    stop = threading.Event()
    failures: list[BaseException] = []

    def work(writer: Writer) -> None:
        try:
            writer.write_until(stop)
        except AssertionError as refusal:
            failures.append(refusal)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(after_s)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    assert [] == failures


def check(api: Api, writer: Writer) -> None:
    """Everything acknowledged is there once; at most the one write that was cut is there besides."""
    done, run = range(writer.done), writer.run_id
    data = api.run(run)
    params = {param["key"]: param["value"] for param in data.get("params", [])}
    tags = {tag["key"]: tag["value"] for tag in data.get("tags", [])}
    points = Counter((point["step"], point["value"]) for point in api.history(run, "m"))

    assert {f"p{i}": str(i) for i in done}.items() <= params.items()
    assert {f"t{i}": str(i) for i in done}.items() <= tags.items()
    assert {(i, float(i)) for i in done} <= set(points)
    assert {1} >= set(points.values())
    assert len(params) <= writer.done + 1
    assert len(points) <= writer.done + 1
    for i in done:
        assert content(run, i) == api.get_file(writer.experiment, run, f"f{i}.bin").content
