"""Models saved by the unmodified mlflow client serve as they are, and its own client reads the answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.datasets import load_iris

from modelwright.cli import client_env
from modelwright.serving.model import Engine, Limits
from tests.serving.node.live import LiveNode, Shelf

ROOT = Path(__file__).parents[3]
PROGRAMS = Path(__file__).with_name("programs")
IRIS = load_iris()
SPLIT = {"columns": IRIS.feature_names, "data": IRIS.data[:5].tolist()}

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(900)]


class Saved(msgspec.Struct):
    """Where the models lie, what they predicted themselves, and the interpreter that made them."""

    folder: Path
    predictions: dict[str, list[float]]
    python: Path


def said(python: Path, program: str, *arguments: str) -> Any:
    command = [str(python), str(PROGRAMS / program), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("mlflow")
    python = client_env.ensure(ROOT / ".envs")
    return Saved(folder, said(python, "save_models.py", str(folder)), python)


def served(node: LiveNode, shelf: Shelf, saved: Saved, name: str) -> LiveNode:
    limits = Limits(deadline_ms=120_000, load_s=600)
    node.serve(shelf.route(saved.folder / name, engine=Engine.NATIVE, limits=limits))
    return node


@pytest.mark.parametrize("name", ["pickled", "unsigned"])
def test_mlflows_sklearn_models_answer_as_in_mlflow(node: LiveNode, shelf: Shelf, saved: Saved, name: str) -> None:
    """With a signature and without one."""
    body = {"inputs": SPLIT["data"]} if name == "unsigned" else {"dataframe_split": SPLIT}
    answer = served(node, shelf, saved, name).http.post("/invocations", json=body)

    assert 200 == answer.status_code, answer.text
    np.testing.assert_allclose(saved.predictions[name], answer.json()["predictions"])


def test_custom_model_runs_in_its_own_environment_with_params(node: LiveNode, shelf: Shelf, saved: Saved) -> None:
    """A PythonModel is opened by MLflow in the environment its requirements ask for, and sees whole requests."""
    body = {"dataframe_split": SPLIT, "params": {"scale": 2.0}}
    answer = served(node, shelf, saved, "custom").http.post("/invocations", json=body)

    assert 200 == answer.status_code, answer.text
    told = [one["petal length (cm)"] for one in answer.json()["predictions"]]
    np.testing.assert_allclose(saved.predictions["custom"], told)
    assert not node.node.front.endpoints["api"].first.runner.mixes


def test_columns_that_pandas_numbered_reach_the_model_so(node: LiveNode, shelf: Shelf, saved: Saved) -> None:
    """A table made of an array has 0 and 1 for names, which in JSON are numbers or texts."""
    live = served(node, shelf, saved, "numbered")
    for body in ({"columns": [0, 1], "data": [[0.5, 1.5]]}, {"columns": ["1", "0"], "data": [[1.5, 0.5]]}):
        answer = live.http.post("/invocations", json={"dataframe_split": body})
        assert {"predictions": [0.5]} == answer.json()


def test_mlflows_scoring_client_reads_the_answers(node: LiveNode, shelf: Shelf, saved: Saved) -> None:
    """The client that MLflow uses against its own scoring server is content with a node."""
    served(node, shelf, saved, "pickled")

    np.testing.assert_allclose(saved.predictions["pickled"], said(saved.python, "score.py", str(node.port)))


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Where custom models lie, and what MLflow's own server was asked and answered with each."""
    folder = tmp_path_factory.mktemp("scored")
    return folder, said(client_env.ensure(ROOT / ".envs"), "save_scored.py", str(folder))


@pytest.mark.parametrize(
    "name", [*("typed", "optional", "open", "tensors", "tensor", "hinted"), *("chat", "agent", "completing")]
)
def test_a_model_is_given_what_mlflows_server_would_give_it(
    node: LiveNode, shelf: Shelf, scored: tuple[Path, dict[str, Any]], name: str
) -> None:
    """Names, types, shapes and values alike, in every form in which rows can be sent; the answer has the same form."""
    folder, asked = scored
    limits = Limits(deadline_ms=120_000, load_s=600)
    node.serve(shelf.route(folder / name, limits=limits))

    for kind, body, expected in asked[name]:
        answer = node.http.post("/invocations", content=body, headers={"content-type": kind})
        assert 200 == answer.status_code, (body, answer.text)
        assert expected == answer.json(), body
