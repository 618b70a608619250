"""What tests of the terminal share: what is on the server, and one command run as the program runs it."""

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from modelwright.__main__ import main
from modelwright.cli.lazy import command_line
from modelwright.core.clock import now_ms
from modelwright.sdk import serving
from modelwright.sdk.http import Api as Modelwright
from modelwright.serving.model import Logging, Segment
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.segments import Segments
from tests.end_to_end.api import Api, must

MLMODEL = b"flavors: {}\n"
DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-depth = 2\n+depth = 4\n"


@dataclass(frozen=True)
class House:
    """`runs` are of the experiment `fraud`: `small` and `large`. `fraud` has versions 1 and 2; champion is 1."""

    url: str
    experiment: str
    runs: tuple[str, str]


def seeded(url: str) -> House:
    with Api(url) as api:
        experiment = api.new_experiment("fraud")
        small, large = _run(api, experiment, "small", "4", 0.5), _run(api, experiment, "large", "8", 0.9375)
        must(api.post("registered-models/create", name="fraud", description="Finds theft."))
        for number, run_id in (("1", small), ("2", large)):
            must(api.post("model-versions/create", name="fraud", source=f"runs:/{run_id}/model", run_id=run_id))
            must(api.post("registered-models/alias", name="fraud", alias="champion", version=number))
        must(api.post("registered-models/alias", name="fraud", alias="champion", version="1"))
    with Modelwright(url) as modelwright:
        serving.deploy("fraud@champion", name="fraud-api", wait_s=0, api=modelwright)
    return House(url=url, experiment=experiment, runs=(small, large))


def _run(api: Api, experiment: str, name: str, depth: str, accuracy: float) -> str:
    made = must(api.post("runs/create", experiment_id=experiment, start_time=1, run_name=name))
    run_id = str(made["run"]["info"]["run_id"])
    must(api.post("runs/log-parameter", run_id=run_id, key="depth", value=depth))
    must(api.post("runs/log-parameter", run_id=run_id, key="seed", value="7"))
    must(api.post("runs/log-metric", run_id=run_id, key="accuracy", value=accuracy, timestamp=1, step=3))
    must(api.post("runs/set-tag", run_id=run_id, key="team", value="risk"))
    must(api.post("runs/set-tag", run_id=run_id, key="mlflow.source.git.commit", value=f"c0ffee{depth}"))
    assert api.put_file(experiment, run_id, "code/changes.diff", DIFF.encode()).is_success
    assert api.put_file(experiment, run_id, "model/MLmodel", MLMODEL + f"# {name}\n".encode()).is_success
    return run_id


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str


def terminal(*words: str, url: str = "", answer: str | None = None) -> Ran:
    """`modelwright <words>` in this process; `answer` is what a person at a terminal types, else nobody is there."""
    environment = {"MODELWRIGHT_URL": url} if url else {}
    with CliRunner().isolation(input=answer, env=environment) as (out, err, _):
        with patch.object(sys.stdin, "isatty", return_value=answer is not None), pytest.raises(SystemExit) as left:
            command_line(main, words)
        sys.stdout.flush()
        sys.stderr.flush()
        return Ran(int(left.value.code or 0), out.getvalue().decode(), err.getvalue().decode())


def told(*words: str, url: str = "") -> str:
    """What a command that went well printed."""
    ran = terminal(*words, url=url)
    assert 0 == ran.status, ran.err
    return ran.out


def json_of(*words: str, url: str = "") -> Any:
    """The one JSON document that a command printed."""
    return msgspec.json.decode(told(*words, "--json", url=url))


def deployed(house: House, name: str) -> str:
    """A new deployment of fraud:1 that no node answers."""
    with Modelwright(house.url) as api:
        serving.deploy("fraud:1", name=name, wait_s=0, api=api)
    return name


def answered(house: House, deployment: str, folder: Path) -> str:
    """The id of a prediction of two rows (amounts 1.5 and 2.5, labels 0 and 1), as a node would have brought it."""
    at_ms = now_ms()
    prediction = f"{at_ms:012x}{secrets.token_hex(10)}"
    with Modelwright(house.url) as api:
        route = serving.deployment(deployment, api=api).routes[0]
    batch = ScoredBatch(
        origin=Origin(
            deployment=deployment,
            workspace="default",
            route=route.id,
            model="fraud",
            version=1,
            manifest=route.manifest,
            engine="onnx",
            logging=Logging(),
        ),
        inputs={"amount": np.array([1.5, 2.5])},
        outputs={"label": np.array([0, 1])},
        predictions=[prediction, prediction],
        position=np.array([0, 1]),
        at_ms=np.array([at_ms, at_ms]),
        latency_ms=np.array([1.0, 1.0]),
        caller=["", "ann"],
        columns=(),
    )
    segments = Segments(folder / "segments", node="far", key=b"k")
    segments.write(batch)
    segments.close()

    def send(segment: Segment, body: bytes) -> None:
        about = {"about": msgspec.json.encode(segment).decode()}
        httpx.post(f"{house.url}/api/v1/nodes/far/segments", params=about, content=body).raise_for_status()

    segments.ship(send)
    return prediction
