"""A server, a gateway and a node as processes, for tests that kill them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from modelwright.cli.server_process import ServerProcess, free_port, modelwright_command, running
from modelwright.core.errors import Unavailable
from modelwright.sdk import ledger, serving
from modelwright.sdk.http import Api as Modelwright
from modelwright.serving.model import Durability, Limits, Logging, RouteStatus
from modelwright.serving.node.environments import find_uv
from modelwright.serving.shown import DeployAsked, Deployment, RouteSettings
from tests.end_to_end.api import Api, must
from tests.end_to_end.faults.gate import FileHold, Gateway
from tests.waiting import eventually

NAME = "held"
PROGRAMS = Path(__file__).parent / "programs"
SIGNATURE = [{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]
PADDING_BYTES = 300_000
DEADLINE_MS = 280_000


class House:
    """`build`, `load` and `predict` are gates in the model's environment, those of `gateway` on the way to the server.

    `newest` is the number of the version registered last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # Where the worker's sandbox and this process may both write.
        self.gates = Path("/dev/shm") / f"modelwright-gates-{secrets.token_hex(8)}"  # noqa: S108 - as above
        self.gates.mkdir()
        self.build, self.load, self.predict = (FileHold(self.gates, one) for one in ("build", "load", "predict"))
        self._stack = contextlib.ExitStack()
        self._port, self._node_port = free_port(), free_port()
        self.server = self._started()
        self.gateway = Gateway(("127.0.0.1", self._port))
        self._node = self._started_node()
        self.node_url = f"http://127.0.0.1:{self._node_port}"
        self.api = Modelwright(self.server.url)
        self.newest = 0
        self._experiment = ""
        self.told = Told(self.node_url)

    # -- processes ----------------------------------------------------------------------------------------------------

    def _started(self) -> ServerProcess:
        command = modelwright_command(self.folder / "home", self._port, "--no-local-node", "--no-load-proof")
        (self.folder / "home").mkdir(exist_ok=True)
        url = f"http://127.0.0.1:{self._port}"
        return self._stack.enter_context(running(command, url=url, log=self.folder / "server.log"))

    def _started_node(self) -> subprocess.Popen[bytes]:
        tools = self.folder / "tools"
        tools.mkdir(exist_ok=True)
        for name, target in (("held_uv.sh", tools / "uv"), ("held_model.py", self.gates / "held_model.py")):
            text = (PROGRAMS / name).read_text().replace("@GATES@", str(self.gates)).replace("@UV@", find_uv())
            target.write_text(text)
        (tools / "uv").chmod(0o755)
        command = ["-m", "modelwright", "node", "--server", self.gateway.url, "--name", "one"]
        with (self.folder / "node.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command, "--home", str(self.folder / "node"), "--port", str(self._node_port)],
                stdout=log,
                stderr=log,
                env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
            )

    def workers(self) -> list[int]:
        """Every process of a model that belongs to this house, also one that has lost its node."""
        found = []
        for one in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                command = (one / "cmdline").read_bytes() if one.name.isdigit() else b""
                if b"guest" in command and str(self.folder / "node").encode() in command:
                    found.append(int(one.name))
        return found

    def kill(self, victim: str) -> None:
        """SIGKILL; a worker is started again by its node, the others by `revive`."""
        if victim == "server":
            self.server.kill()
        elif victim == "node":
            self._node.kill()
            self._node.wait()
        else:
            for pid in self.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def revive(self, victim: str) -> None:
        """What a supervisor does in real life."""
        if victim == "server":
            self.server = self._started()
        elif victim == "node":
            self._node = self._started_node()

    def close(self) -> None:
        self.told.close()
        for hold in (self.build, self.load, self.predict):
            hold.open()
        self._node.kill()
        self._node.wait()
        self.gateway.close()
        self.api.close()
        self._stack.close()
        shutil.rmtree(self.gates)

    # -- versions -----------------------------------------------------------------------------------------------------

    def new_version(self) -> int:
        """Register the next version: it answers with its number, from an environment that nobody has built."""
        self.newest += 1
        number = self.newest
        with Api(self.server.url) as api:
            if number == 1:
                self._experiment = api.new_experiment("held")
                must(api.post("registered-models/create", name=NAME))
            api.new_version(NAME, self._experiment, _files(number))
        return number

    def deploy(self, number: int) -> None:
        """Ask for all traffic on the version; the server has written it down when this returns."""
        asked = DeployAsked(
            name=NAME,
            version=f"{NAME}:{number}",
            replace=True,
            settings=RouteSettings(limits=Limits(deadline_ms=DEADLINE_MS)),
            logging=Logging(durability=Durability.LOGGED),
        )
        self.api.post("/api/v1/deployments", Deployment, asked)

    def serves(self, **shares: float) -> bool:
        """Whether node and server agree that exactly these versions (`v3=1.0`) are served, each by one process."""
        wanted = {f"{NAME}:{name[1:]}": share for name, share in shares.items()}
        try:
            ready = httpx.get(f"{self.node_url}/v2/health/ready", timeout=30).status_code
            (served,) = httpx.get(f"{self.node_url}/deployments", timeout=30).json()
            (node,) = serving.nodes(api=self.api)
        except (httpx.TransportError, ValueError, Unavailable):
            return False
        asked = serving.deployment(NAME, api=self.api)
        return (
            ready == httpx.codes.OK
            and wanted == {one["version"]: round(one["share"], 6) for one in served["routes"]}
            and wanted == {str(one.version): round(one.share, 6) for one in asked.routes}
            and [RouteStatus.READY] * len(wanted) == [one.status for one in node.routes]
            and node.behind == 0
            and len(self.workers()) == len(wanted)
        )

    def answers(self, number: int) -> bool:
        """Whether the version is loaded into the deployment, with whatever share."""
        (served,) = httpx.get(f"{self.node_url}/deployments", timeout=30).json()
        return f"{NAME}:{number}" in [one["version"] for one in served["routes"]]

    def settled(self, **shares: float) -> None:
        eventually(lambda: self.serves(**shares))

    def recorded(self) -> Counter[str]:
        """How often each prediction is in the ledger."""
        _, rows = ledger.query(NAME, "SELECT prediction, count(*) FROM predictions GROUP BY 1", api=self.api)
        return Counter(dict(rows))


class Told:
    """Asks the node one row after the other, whatever happens to it; keeps what was acknowledged as in the ledger."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/deployments/{NAME}/invocations"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.acknowledged: list[str] = []
        self.answers: Counter[tuple[str, float]] = Counter()
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._stop.wait(0.05):
                with contextlib.suppress(httpx.TransportError):
                    self._take(client.post(self._url, json={"inputs": [[0.0, 0.0]]}))

    def _take(self, answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.OK:
            self.answers[answer.headers["modelwright-version"], answer.json()["predictions"][0]] += 1
        if answer.headers.get("modelwright-ledger") == "logged":
            self.acknowledged.append(answer.headers["modelwright-prediction"])


def ask(url: str, first: float) -> httpx.Response:
    body: dict[str, Any] = {"inputs": [[first, 0.0]]}
    return httpx.post(f"{url}/deployments/{NAME}/invocations", json=body, timeout=300)


def _files(number: int) -> dict[str, bytes]:
    flavor = {"loader_module": "held", "python_version": f"{sys.version_info.major}.{sys.version_info.minor}"}
    document = {
        "flavors": {"python_function": flavor},
        "signature": {"inputs": json.dumps(SIGNATURE), "outputs": "[]"},
    }
    return {
        "MLmodel": yaml.safe_dump(document).encode(),
        "requirements.txt": f"numpy\n# of version {number}\n".encode(),
        "value.txt": str(number).encode(),
        "padding.bin": secrets.token_bytes(PADDING_BYTES),
    }
