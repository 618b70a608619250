"""A version is opened with what it asks for and nothing else, and asked its own example."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from modelwright.cli import client_env
from modelwright.serving.model import Finding, ProofAsked, ProofState
from modelwright.serving.node.proving import alike, prove
from modelwright.serving.node.sources import route_from_folder
from tests.serving.node.models import write_mlmodel

ENVS = Path(__file__).parents[3] / ".envs"
PROGRAM = Path(__file__).parent / "programs" / "save_example.py"


def proven(folder: Path, home: Path) -> Finding:
    route, _ = route_from_folder(folder, "fraud")
    asked = ProofAsked(folder=str(folder), home=str(home), route=route, memory_bytes=1 << 32)
    return asyncio.run(prove(asked))


@pytest.mark.parametrize(
    ("expected", "actual", "equal"),
    [
        ([1, 2], [1, 2], True),
        ([1.0, 2.0], [1.0 + 1e-9, 2.0], True),
        ([1.0, 2.0], [1.0, 2.1], False),
        ([1, 2], [1, 2, 3], False),
        ([{"a": "x", "b": 1}], [{"a": "x", "b": 1.0}], True),
        ([{"a": "x"}], [{"a": "y"}], False),
        ([{"a": 1}], [{"b": 1}], False),
        (["1"], [1], False),
        ([None], [None], True),
        ([float("nan")], [float("nan")], True),
    ],
)
def test_answers_are_alike_in_structure_text_and_single_precision(expected: Any, actual: Any, *, equal: bool) -> None:
    """Rounding is forgiven, anything else is a difference."""
    assert equal is alike(expected, actual)


def test_folder_without_mlmodel_has_no_layout(tmp_path: Path) -> None:
    """The stage says what was being tried, and nothing was built for it."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_bytes(b"x")
    found = proven(tmp_path / "model", tmp_path / "home")

    assert (ProofState.FAILED, "layout") == (found.state, found.stage)
    assert "MLmodel" in found.reason


def test_version_that_says_nothing_of_its_needs_is_not_guessed_at(tmp_path: Path) -> None:
    """Without requirements there is no environment to prove it in, even if this one would do."""
    folder = write_mlmodel(tmp_path / "model", {"sklearn": {"pickled_model": "model.pkl"}}, None)
    found = proven(folder, tmp_path / "home")

    assert (ProofState.FAILED, "environment") == (found.state, found.stage)
    assert "requirements.txt" in found.reason


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A model by the mlflow client, and its own answers to its example."""
    folder = tmp_path_factory.mktemp("proving") / "model"
    command = [client_env.ensure(ENVS), PROGRAM, folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder.parent)
    said: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return folder, said


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_mlflows_model_is_proven_and_measured(saved: tuple[Path, list[Any]], tmp_path: Path) -> None:
    """It opens in an environment of its own, gives what was recorded, and what that took is told."""
    folder = shutil.copytree(saved[0], tmp_path / "model")
    (folder / "output_example.json").write_text(json.dumps({"predictions": saved[1]}))
    found = proven(folder, tmp_path / "home")

    assert (ProofState.PROVEN, "", "") == (found.state, found.stage, found.reason)
    assert found.cold_start_s is not None
    assert found.load_s is not None
    assert 0 < found.load_s <= found.cold_start_s
    assert 10_000_000 < (found.memory_bytes or 0)


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("file", "content", "stage", "reason"),
    [
        ("output_example.json", '{"predictions": [2, 2, 2, 2, 2]}', "output", "recorded was [2,2,2,2,2]"),
        ("serving_input_example.json", '{"inputs": [["a", "b", "c", "d"]]}', "example", "column 'sepal length (cm)'"),
        ("requirements.txt", "joblib\n", "load", "No module named 'sklearn'"),
        ("requirements.txt", "numpy==0.0.1.nonsense\n", "environment", "nonsense"),
    ],
)
def test_what_fails_is_named(
    saved: tuple[Path, list[Any]], tmp_path: Path, file: str, content: str, stage: str, reason: str
) -> None:
    """A wrong answer, an example that the signature refuses, a package nobody listed, requirements that cannot be."""
    folder = shutil.copytree(saved[0], tmp_path / "model")
    (folder / file).write_text(content)
    found = proven(folder, tmp_path / "home")

    assert (ProofState.FAILED, stage) == (found.state, found.stage), found.reason
    assert reason in found.reason


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_version_without_an_example_is_only_loaded(saved: tuple[Path, list[Any]], tmp_path: Path) -> None:
    """That is less than a proof, and is called so."""
    folder = shutil.copytree(saved[0], tmp_path / "model")
    for name in ("serving_input_example.json", "input_example.json"):
        (folder / name).unlink()
    found = proven(folder, tmp_path / "home")

    assert ProofState.LOADS == found.state, found.reason
    assert "no input example" in found.reason
    assert found.cold_start_s is None
