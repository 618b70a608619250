"""kill -9 at moments that nobody chose, of a server and of a node, under tracking and predictions at once."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from modelwright.cli.server_process import free_port, modelwright_command
from modelwright.sdk import ledger
from modelwright.sdk.http import Api as Modelwright
from modelwright.serving.model import Durability, Logging
from modelwright.serving.shown import DeployAsked, Deployment
from tests.end_to_end.api import Api, files_of, must
from tests.end_to_end.faults.writers import Writer
from tests.serving.node.models import FEATURES, linear_onnx, write_onnx
from tests.waiting import eventually

NAME = "summing"
KILLS = 8
WRITERS, CALLERS = 4, 4


class Mortal:
    """A process that is started again whenever it was killed, over the same home and at the same port."""

    def __init__(self, command: Sequence[str], url: str, log: Path) -> None:
        self.url = url
        self._command, self._log = command, log
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL; it must have lived until then, which is to say that it has borne the kill before."""
        assert self._process.poll() is None, self._log.read_text()[-4000:]
        self._process.kill()
        self._process.wait()

    def answers(self, path: str) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.url}{path}", timeout=60).is_success
        return False

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()


class Caller:
    """Asks a node one row after the other, whatever happens to it; keeps what was acknowledged as in the ledger."""

    def __init__(self, node: str) -> None:
        self._url = f"{node}/deployments/{NAME}/invocations"
        self.logged: list[str] = []

    def call_until(self, stop: threading.Event) -> None:
        with httpx.Client(timeout=60) as client:
            # Leaves room for a process that starts on a machine with few cores.
            while not stop.wait(0.01):
                try:
                    answer = client.post(self._url, json={"inputs": [[1.0] * len(FEATURES)]})
                except httpx.TransportError:
                    continue
                if answer.headers.get("modelwright-ledger") == "logged":
                    self.logged.append(answer.headers["modelwright-prediction"])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mortal]:
    port = free_port()
    command = modelwright_command(tmp_path / "server", port, "--no-local-node", "--no-load-proof")
    mortal = Mortal(command, f"http://127.0.0.1:{port}", tmp_path / "server.log")
    yield mortal
    mortal.end()


@pytest.fixture
def node(tmp_path: Path, server: Mortal) -> Iterator[Mortal]:
    """A node of the server that answers for NAME, and promises that what it says is logged is in the ledger."""
    eventually(lambda: server.answers("/ready"))
    with Api(server.url) as api:
        must(api.post("registered-models/create", name=NAME))
        api.new_version(NAME, api.new_experiment(NAME), files_of(write_onnx(tmp_path / "model", linear_onnx(1.0))))
    with Modelwright(server.url) as asking:
        logging = Logging(durability=Durability.LOGGED)
        asking.post("/api/v1/deployments", Deployment, DeployAsked(name=NAME, version=f"{NAME}:1", logging=logging))
    port = free_port()
    command = [sys.executable, "-m", "modelwright", "node", "--server", server.url, "--name", "one"]
    command += ["--home", str(tmp_path / "node"), "--port", str(port)]
    mortal = Mortal(command, f"http://127.0.0.1:{port}", tmp_path / "node.log")
    yield mortal
    mortal.end()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("victim", ["server", "node"])
def test_nothing_acknowledged_is_lost_by_kills_at_random_moments(
    tmp_path: Path, server: Mortal, node: Mortal, victim: str
) -> None:
    """Killed while it starts, while it works and right after it answered: all that was said to be kept is kept, once.

    The moments differ from run to run; the seed that is printed gives them again when it stands here.
    """
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"moments of seed {seed}")
    with Api(server.url) as api:
        experiment = api.new_experiment("killed")
        writers = [Writer(server.url, experiment, api.new_run(experiment)) for _ in range(WRITERS)]
    callers = [Caller(node.url) for _ in range(CALLERS)]

    def written() -> int:
        return sum(one.acknowledged for one in writers)

    def kept() -> int:
        return sum(len(one.logged) for one in callers)

    with under_load(writers, callers):
        if victim == "server":
            kill_again_and_again(server, random.Random(seed), written)
        else:
            kill_again_and_again(node, random.Random(seed), kept)
        # A node whose server was killed each time it asked for its first version has answered nobody until now.
        wait_for_more(written, 1)
        wait_for_more(kept, 1)
    logged = {prediction for one in callers for prediction in one.logged}
    rows = eventually(lambda: found if logged <= (found := recorded(server.url)).keys() else None)

    assert logged
    assert {1} == set(rows.values())
    for writer in writers:
        assert writer.acknowledged
        writer.check()
        writer.close()


@contextlib.contextmanager
def under_load(writers: list[Writer], callers: list[Caller]) -> Iterator[None]:
    """Everybody writes and asks at once until the block ends."""
    stop = threading.Event()
    work = [*(writer.write_until for writer in writers), *(caller.call_until for caller in callers)]
    threads = [threading.Thread(target=one, args=(stop,)) for one in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def kill_again_and_again(victim: Mortal, chance: random.Random, acknowledged: Callable[[], int]) -> None:
    """Three of ten kills most likely meet a process that starts, the others one that works."""
    for _ in range(KILLS):
        if chance.random() < 0.3:
            time.sleep(chance.uniform(0, 1.5))
        else:
            wait_for_more(acknowledged, chance.randrange(1, 200))
            time.sleep(chance.uniform(0, 0.1))
        victim.kill()
        victim.start()


def wait_for_more(acknowledged: Callable[[], int], more: int) -> None:
    reached = acknowledged() + more
    eventually(lambda: acknowledged() >= reached)


def recorded(url: str) -> Counter[str]:
    """How often each prediction is in the ledger."""
    with Modelwright(url) as api:
        _, rows = ledger.query(NAME, "SELECT prediction, count(*) FROM predictions GROUP BY 1", api=api)
    return Counter(dict(rows))
