"""A full disk under a node costs nobody an answer; what is not kept is said, and room is used without a restart."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_server, running
from modelwright.sdk import ledger, serving
from modelwright.sdk.http import Api as Modelwright
from modelwright.serving.model import Durability, LedgerReport, Logging, RouteStatus
from modelwright.serving.shown import NodeShown
from tests.end_to_end.api import Api, files_of, must
from tests.end_to_end.faults.small_disk import fill, on_small_disk
from tests.serving.node.models import ROWS, linear_onnx, write_onnx
from tests.waiting import eventually

NAME = "sums"
ONE = {"inputs": ROWS[:1].tolist()}


class Small(msgspec.Struct, frozen=True):
    """A node on a small disk, and the server that it asks. `full` is a file in which one can fill the disk."""

    api: Modelwright
    node: ServerProcess
    full: Path

    def ask(self) -> httpx.Response:
        answer = httpx.post(f"{self.node.url}/deployments/{NAME}/invocations", json=ONE, timeout=60)
        assert httpx.codes.OK == answer.status_code, answer.text
        return answer

    def said(self) -> NodeShown:
        (node,) = serving.nodes(api=self.api)
        return node

    def sums(self) -> float:
        """By how much the version that answers multiplies."""
        return round(float(self.ask().json()["predictions"][0]) / float(ROWS[0].sum()), 6)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """sums:1 answers; sums:2, which doubles, is registered."""
    folder = tmp_path_factory.mktemp("small")
    home, node_home = folder / "home", folder / "node"
    port = free_port()
    node_home.mkdir()
    with modelwright_server(home, "--no-local-node", "--no-load-proof") as server, Modelwright(server.url) as api:
        command = [sys.executable, "-m", "modelwright", "node", "--server", server.url, "--home", str(node_home)]
        alone = on_small_disk([*command, "--port", str(port)], node_home, mib=16)
        with running(alone, url=f"http://127.0.0.1:{port}", log=folder / "node.log") as node:
            register(server.url, folder)
            promise = Logging(durability=Durability.LOGGED)
            serving.deploy(f"{NAME}:1", logging=promise, wait_s=120, api=api)
            yield Small(api, node, Path(f"/proc/{node.process.pid}/root{node_home}/filler"))


def register(url: str, folder: Path) -> None:
    with Api(url) as api:
        experiment = api.new_experiment("sums")
        must(api.post("registered-models/create", name=NAME))
        for number in (1, 2):
            # Padding: more than what a full disk has left, or is given back by a segment that was sent.
            files = {
                **files_of(write_onnx(folder / str(number), linear_onnx(float(number)))),
                "padding": bytes(1 << 20),
            }
            api.new_version(NAME, experiment, files)


def test_a_full_disk_costs_no_answer_and_room_is_used_at_once(small: Small) -> None:
    """Answers say that they are not kept and are counted so; what was promised is in the ledger, and nothing else."""
    before = small.said().ledger.dropped_rows
    told: Counter[str] = Counter()
    ids: dict[str, set[str]] = {"logged": set(), "failed": set()}

    def ask() -> str:
        answer = small.ask()
        promise = answer.headers["modelwright-ledger"]
        told[promise] += 1
        ids[promise].add(answer.headers["modelwright-prediction"])
        return promise

    assert "logged" == ask()
    while told["failed"] < 3:
        fill(small.full)
        ask()
    ready = httpx.get(f"{small.node.url}/v2/health/ready").json()
    dropped = before + told["failed"]
    heard = eventually(lambda: found if (found := small.said()).ledger.dropped_rows == dropped else None)
    small.full.unlink()
    again = next(promise for promise in iter(ask, None) if promise == "logged")

    assert ready["ready"]
    assert "logged" == again
    assert heard.fresh
    assert eventually(lambda: small.said().ledger == LedgerReport(dropped_rows=before + told["failed"]))

    def recorded() -> Counter[str] | None:
        _, rows = ledger.query(NAME, "SELECT prediction FROM predictions", api=small.api)
        found = Counter(one for (one,) in rows)
        return found if ids["logged"] <= found.keys() else None

    found = eventually(recorded)
    assert {1} == {found[one] for one in ids["logged"]}
    assert set() == ids["failed"] & found.keys()


def test_a_version_that_does_not_fit_is_served_once_there_is_room(small: Small) -> None:
    """The old version answers meanwhile; the new one is not held to have failed, and the reason is said."""
    fill(small.full)
    serving.deploy(f"{NAME}:2", replace=True, wait_s=0, api=small.api)

    def waits() -> str | None:
        return next((one.reason for one in small.said().routes if one.status is RouteStatus.LOADING), None)

    reason = eventually(waits)
    meanwhile = small.sums()
    small.full.unlink()

    assert "No space left on device" in reason
    assert 1.0 == meanwhile
    assert eventually(lambda: small.sums() == 2.0)
