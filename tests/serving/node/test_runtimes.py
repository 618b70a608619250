"""Models of every library, saved by the unmodified mlflow client and answered by a node as by themselves.

Each library has an environment of its own, made once from the index; PyTorch's by pip, since its wheels without
graphics cards are where only pip is told to look on some machines. The node's worker runs in the same environment.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import venv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelwright.cli import client_env
from modelwright.serving.model import Engine, Isolation, Limits, Runtime
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.loading import Loader
from modelwright.serving.node.threads import Threads
from modelwright.serving.node.worker.remote import RemoteRunner
from tests.serving.node.live import LiveNode, Shelf

ENVS = Path(__file__).parents[3] / ".envs"
PROGRAM = Path(__file__).parent / "programs" / "save_runtimes.py"
MLFLOW = f"mlflow=={client_env.version_of('mlflow')}"
OFFLINE = {**os.environ, **client_env.quiet(), "HF_HUB_OFFLINE": "1"}
LIMITS = Limits(deadline_ms=120_000, load_s=600)

# kind: what its environment holds besides mlflow, and the engine that answers.
BY_UV = {
    "xgboost": (["xgboost-cpu"], "native"),
    "xgboost_linear": (["xgboost-cpu"], "native"),
    "xgboost_reordered": (["xgboost-cpu"], "native"),
    "lightgbm": (["lightgbm"], "native"),
    "lightgbm_wrapper": (["lightgbm", "skops"], "native"),
    "xgboost_pipeline": (["xgboost-cpu"], "native"),
    "lightgbm_pipeline": (["lightgbm"], "native"),
    "catboost": (["catboost"], "native"),
    "catboost_reordered": (["catboost"], "native"),
    "catboost_codes": (["catboost"], "native"),
    "skops": (["skops"], "native"),
    "onnx": (["onnx", "onnxruntime", "skl2onnx"], "onnx"),
    "keras": (["tensorflow-cpu"], "pyfunc"),
}
BY_PIP = {
    "torch_pickle": "native",
    "torch_columns": "native",
    "torch_script": "native",
    "torch_export": "native",
    "transformers": "pyfunc",
}

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(1800)]


def by_uv(libraries: list[str]) -> Path:
    """An environment with mlflow and these libraries, the same one for every later run."""
    wanted = "\n".join([MLFLOW, *libraries])
    ENVS.mkdir(exist_ok=True)
    listed = ENVS / f"runtimes-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}.txt"
    listed.write_text(wanted)
    return client_env.ensure(ENVS, requirements=listed)


@pytest.fixture(scope="session")
def torch_python() -> Path:
    """The interpreter of an environment with PyTorch and Transformers, installed by pip."""
    wanted = ["torch==2.13.0", MLFLOW, "transformers"]
    home = ENVS / f"torch-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}"
    python = home / "bin" / "python"
    if not (home / "complete").exists():
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
        (home / "complete").touch()
    return python


def saved(python: Path, kind: str, folder: Path) -> dict[str, Any]:
    # Not from our own folder: mlflow would take the lock it finds there for the model's.
    done = subprocess.run(
        [python, PROGRAM, kind, folder], cwd=folder.parent, env=OFFLINE, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stderr[-4000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def assert_answers_alike(tmp_path: Path, python: Path, kind: str, engine: str, wanted: Engine = Engine.NATIVE) -> None:
    folder = tmp_path / "model"
    said = saved(python, kind, folder)
    shelf = Shelf()
    node = LiveNode(tmp_path / "node", shelf, python=python)
    try:
        isolation = Isolation.WORKER if wanted is Engine.NATIVE else Isolation.AUTO
        node.serve(shelf.route(folder, engine=wanted, isolation=isolation, limits=LIMITS))
        assert "api" in node.node.front.endpoints, [one.reason for one in node.node.report().routes]
        runner = node.node.front.endpoints["api"].first.runner
        answer = node.http.post("/invocations", json=said["ask"], timeout=180)

        assert 200 == answer.status_code, answer.text
        assert_close(said["direct"], answer.json()["predictions"])
        assert (engine, wanted is Engine.NATIVE) == (runner.engine, isinstance(runner, RemoteRunner))
    finally:
        node.close()


def assert_close(expected: Any, actual: Any) -> None:
    """Equal structure and text; numbers to single precision."""
    if isinstance(expected, dict):
        assert expected.keys() == actual.keys()
        for name, one in expected.items():
            assert_close(one, actual[name])
    elif isinstance(expected, list) and expected and not isinstance(expected[0], (int, float, bool)):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            assert_close(one, other)
    elif isinstance(expected, str):
        assert expected == actual
    else:
        np.testing.assert_allclose(expected, actual, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", list(BY_UV))
def test_library_answers_as_itself(tmp_path: Path, kind: str) -> None:
    """What mlflow saved is served as it is, and a caller gets what the library says."""
    libraries, engine = BY_UV[kind]

    assert_answers_alike(tmp_path, by_uv(libraries), kind, engine)


def test_catboost_is_read_from_the_inside_by_a_worker(tmp_path: Path) -> None:
    """What its answer owes to each column, from the file that mlflow saved; `test_explain` holds the values."""
    python = by_uv(BY_UV["catboost"][0])
    said = saved(python, "catboost", tmp_path / "model")
    table = [np.array(said["ask"]["dataframe_split"]["data"])]
    loader = Loader(environments=Environments(tmp_path / "none", ready=python), home=tmp_path, threads=Threads(1))
    route = Shelf().route(tmp_path / "model", limits=LIMITS)

    found = asyncio.run(loader.shares(tmp_path / "model", route, table, "margin"))

    assert "trees" == found.method
    assert len(found.values) == table[0].shape[1]
    np.testing.assert_allclose(found.answer, found.base + sum(found.values), atol=1e-12)


@pytest.mark.parametrize("kind", ["xgboost_pipeline", "lightgbm_pipeline", "xgboost_measured", "lightgbm_measured"])
def test_boosters_behind_encoders_are_proven_and_answer_in_the_node(tmp_path: Path, kind: str) -> None:
    """Asked for as ONNX, which is refused unless the proof holds; XGBoost looks at float32, LightGBM at float64."""
    library = kind.partition("_")[0]

    assert_answers_alike(tmp_path, by_uv(BY_UV[library][0]), kind, "onnx", Engine.ONNX)


@pytest.mark.parametrize(
    ("kind", "runtime", "reason"),
    [("skops_trap", Runtime.AUTO, "posix.system"), ("skops", Runtime.PYFUNC, "mlflow would trust the types")],
)
def test_no_artifact_vouches_for_itself(tmp_path: Path, kind: str, runtime: Runtime, reason: str) -> None:
    """MLflow keeps the list of types to trust in the artifact; whoever can write the one can write the other."""
    python = by_uv(BY_UV["skops"][0])
    saved(python, kind, tmp_path / "model")
    shelf = Shelf()
    node = LiveNode(tmp_path / "node", shelf, python=python)
    try:
        node.serve(shelf.route(tmp_path / "model", runtime=runtime, engine=Engine.NATIVE, limits=LIMITS))
        (report,) = node.node.report().routes

        assert "failed" == report.status.value
        assert reason in report.reason
    finally:
        node.close()


@pytest.mark.parametrize("kind", list(BY_PIP))
def test_torch_answers_as_itself(tmp_path: Path, torch_python: Path, kind: str) -> None:
    """Pickled modules, TorchScript and exported graphs without mlflow; a Transformers pipeline through it."""
    assert_answers_alike(tmp_path, torch_python, kind, BY_PIP[kind])
