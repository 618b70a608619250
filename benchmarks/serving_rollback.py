"""How long after a person's order to roll back the last caller is answered by the candidate: a server, its own node."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from benchmarks.report import Row
from modelwright.cli.server_process import modelwright_server
from modelwright.sdk import serving
from modelwright.sdk.http import Api
from tests.end_to_end.test_serving import NAME, register
from tests.waiting import eventually

Tell = Callable[[str], None]
CALLERS = 4
AFTER_S = 5.0
"""For so long after the order callers go on asking: whoever is answered by the candidate then is counted, too."""


class Callers:
    """Ask without a pause, and keep when the candidate's answers came."""

    def __init__(self, url: str, candidate: str) -> None:
        self._url = f"{url}/deployments/{NAME}/predict"
        self._candidate = candidate
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CALLERS)]
        self.came: list[float] = []
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()

    def _run(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._stop.is_set():
                answer = client.post(self._url, json={"row": {"grade": 1}})
                if answer.headers.get("modelwright-version") == self._candidate:
                    self.came.append(time.monotonic())


def rollback(rounds: int, tell: Tell) -> Iterator[Row]:
    """Half of the traffic on a candidate, then the order; as often as there are rounds."""
    tell("rollback, from the order to the last answer of the candidate")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as kept, contextlib.ExitStack() as stack:
        home = Path(kept) / "home"
        server = stack.enter_context(modelwright_server(home, "--node-port", "0", "--no-load-proof"))
        register(server.url, Path(kept))
        api = stack.enter_context(Api(server.url))
        (node,) = serving.deploy(f"{NAME}:1", wait_s=60, api=api).endpoints
        found = [_once(node, api) for _ in range(rounds)]
    yield Row(
        name="rollback order to all traffic moved", unit="s", ours=found, theirs=[], more_is_better=False, at_most=2.0
    )


def _once(node: str, api: Api) -> float:
    begun = serving.start_rollout(NAME, f"{NAME}:2", steps="50%,100%", guards=(), dwell="1h", api=api)
    callers = Callers(node, f"{NAME}:2")
    try:
        eventually(lambda: len(callers.came) > CALLERS)
        ordered = time.monotonic()
        serving.order(begun.id, "rollback", api=api)
        time.sleep(AFTER_S)
    finally:
        callers.stop()
    return max(callers.came) - ordered
