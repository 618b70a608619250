"""What tests of the terminal share: what is on the server, and one command run as the program runs it."""

import sys
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from click.testing import CliRunner

from modelwright.__main__ import main
from modelwright.cli.lazy import command_line
from modelwright.sdk import serving
from modelwright.sdk.http import Api as Modelwright
from tests.end_to_end.api import Api, must

MLMODEL = b"flavors: {}\n"


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
