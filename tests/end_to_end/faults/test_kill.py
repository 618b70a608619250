"""kill -9 at any moment loses nothing that was acknowledged."""

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server
from tests.end_to_end.api import Api
from tests.end_to_end.faults.writers import Writer
from tests.waiting import eventually

CLIENTS = 8


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_what_was_acknowledged_survives_kill_9(home: Path, kills: int) -> None:
    """Under 8 writing clients, the server is killed again and again: nothing acknowledged is lost, nothing doubled."""
    chance, port = random.Random(kills), free_port()
    with modelwright_server(home, "--no-local-node", port=port) as server, Api(server.url) as api:
        experiment = api.new_experiment("killed")
        writers = [Writer(server.url, experiment, api.new_run(experiment)) for _ in range(CLIENTS)]
    for _ in range(kills):
        with modelwright_server(home, "--no-local-node", port=port) as server:
            write_and_kill(server, writers, writes=chance.randrange(1, 300), after_s=chance.uniform(0, 0.05))
    with modelwright_server(home, "--no-local-node", port=port):
        for writer in writers:
            writer.check()
            writer.close()
    said = subprocess.run(
        [sys.executable, "-m", "modelwright", "doctor", "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == said.returncode, said.stdout + said.stderr


def write_and_kill(server: ServerProcess, writers: list[Writer], *, writes: int, after_s: float) -> None:
    """Kill the server once so many more writes were acknowledged, and then some moment later."""
    stop = threading.Event()
    reached = sum(writer.acknowledged for writer in writers) + writes
    threads = [threading.Thread(target=writer.write_until, args=(stop,)) for writer in writers]
    for thread in threads:
        thread.start()
    eventually(lambda: sum(writer.acknowledged for writer in writers) >= reached or any(one.refused for one in writers))
    time.sleep(after_s)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
