"""The demo's second half: the champion answers real rows, and a worse candidate is found out while it does."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import msgspec

from modelwright.cli.output import clock
from modelwright.core.errors import ModelwrightError, NotFound
from modelwright.sdk import predictions, serving
from modelwright.sdk.http import Api
from modelwright.serving.replaying import Replayed
from modelwright.serving.rollouts.machine import Measured

_NAME = "breast-cancer"
_RATE = 60.0
_LOAD_S = 300.0
_LEDGER_S = 30.0


class Callers:
    """Somebody's application: asks for one real row after another, and counts what it gets."""

    def __init__(self, url: str, rows: list[dict[str, Any]]) -> None:
        self._url = url
        self._rows = rows
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="callers", daemon=True)
        self.answered = 0
        self.failed = 0
        self.last_prediction = ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        asked = 0
        with httpx.Client(timeout=30) as client:
            while not self._stop.wait(1 / _RATE):
                answer = client.post(
                    self._url, content=msgspec.json.encode({"row": self._rows[asked % len(self._rows)]})
                )
                asked += 1
                if answer.is_success:
                    self.answered += 1
                    self.last_prediction = answer.headers["modelwright-prediction"]
                else:
                    self.failed += 1


@contextlib.contextmanager
def calling(url: str, rows: list[dict[str, Any]]) -> Iterator[Callers]:
    callers = Callers(url, rows)
    callers.start()
    try:
        yield callers
    finally:
        callers.stop()


def show_serving(url: str, rows_file: Path) -> None:
    """Deploy the champion of the server at `url`, send it the rows in `rows_file`, and try a worse candidate."""
    rows = msgspec.json.decode(rows_file.read_bytes(), type=list[dict[str, Any]])
    with Api(url) as api:
        made = serving.deploy(f"{_NAME}@champion", name=_NAME, wait_s=_LOAD_S, api=api)
        if not made.endpoints:
            raise ModelwrightError("no node answers; the server's log tells why")
        address = f"{made.endpoints[0]}/deployments/{_NAME}/predict"
        engine = made.routes[0].reports[0].report.engine
        click.echo(f"4. Deployed the champion: {address} answers ({engine}).")
        with calling(address, rows) as callers:
            begun = serving.start_rollout(_NAME, f"{_NAME}:2", steps="10%,50%,100%", dwell="10s", api=api)
            click.echo("5. Somebody rolls out version 2, which fails on values it has not seen. What happens:")
            _tell(begun.id, api)
        click.echo(f"   Callers were answered {callers.answered} times and failed {callers.failed} times meanwhile.")
        _explain(callers.last_prediction, api)


def _tell(rollout_id: int, api: Api) -> None:
    told = 0
    for found in serving.follow(rollout_id, api=api):
        moves = [event for event in found.events if not isinstance(event, Measured)]
        for event in moves[told:]:
            click.echo(f"     {clock(event.at_ms)}  {event.reason}")
        told = len(moves)


def _explain(prediction: str, api: Api) -> None:
    again = _replayed(prediction, api)
    found = again.prediction
    same = "the same" if again.equal else "another"
    click.echo(f"6. Why the last answer, {prediction}? It came from {found.version}, {found.manifest[:19]}...")
    click.echo(f"   and asked again, that version gives {same} answer.")


def _replayed(prediction: str, api: Api) -> Replayed:
    """The replay, once the ledger's segment has arrived."""
    until = time.monotonic() + _LEDGER_S
    while True:
        try:
            return predictions.replay(prediction, api=api)
        except NotFound:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
