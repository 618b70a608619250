"""Models whose library the node does not have run in an environment that uv makes from their requirements."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelwright.core.errors import StorageFull, Unavailable
from modelwright.serving.model import Engine, Limits, Runtime
from modelwright.serving.node.environments import FROM_SOURCE, Environments, names_everything
from modelwright.serving.node.package import read_package
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import double_columns, write_mlmodel
from tests.waiting import eventually

PROGRAM = Path(__file__).parent / "programs" / "train_booster.py"
NAMES = [f"f{place}" for place in range(6)]
BOOSTERS = {
    "xgboost": ("xgboost-cpu\nscikit-learn\n", {"data": "model.ubj", "model_class": "xgboost.sklearn.XGBClassifier"}),
    "catboost": ("catboost\n", {"data": "model.cb", "model_type": "CatBoostClassifier"}),
}


def built(tmp_path: Path, folder: Path, runtime: Runtime) -> Path:
    return asyncio.run(Environments(tmp_path / "environments").python_for(read_package(folder), runtime, None))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("library", list(BOOSTERS))
def test_booster_answers_like_itself_in_its_own_environment(
    node: LiveNode, shelf: Shelf, tmp_path: Path, library: str
) -> None:
    """Trained in an environment of its own, served from its own format, with the same labels and scores."""
    requirements, flavor = BOOSTERS[library]
    folder = write_mlmodel(tmp_path / library, {library: flavor}, double_columns(NAMES))
    (folder / "requirements.txt").write_text(requirements)
    python = built(tmp_path, folder, Runtime(library))
    done = subprocess.run([str(python), str(PROGRAM), library, str(folder)], check=True, capture_output=True, text=True)
    direct: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    node.serve(shelf.route(folder, engine=Engine.NATIVE, limits=Limits(load_s=600, deadline_ms=60_000)))
    records = [dict(zip(NAMES, row, strict=True)) for row in direct["rows"]]
    answer = node.http.post("/deployments/api/predict", json={"rows": records})

    assert 200 == answer.status_code, answer.text
    assert direct["labels"] == [one["predict"] for one in answer.json()["predictions"]]
    np.testing.assert_allclose(
        direct["scores"], [one["predict_proba"] for one in answer.json()["predictions"]], rtol=1e-5
    )


def test_requirements_that_cannot_be_met_are_told_in_uvs_words(tmp_path: Path) -> None:
    """A version whose environment cannot be built is unavailable, and the reason is uv's."""
    folder = write_mlmodel(tmp_path / "model", {"python_function": {"loader_module": "mlflow.sklearn"}}, None)
    (folder / "requirements.txt").write_text("numpy==0.0.1.nonsense\n")
    with pytest.raises(Unavailable, match="the environment cannot be built") as caught:
        built(tmp_path, folder, Runtime.PYFUNC)

    assert "nonsense" in caught.value.message


def sourced(folder: Path) -> Path:
    """A version that needs a package which lies beside it as source, and whose build leaves a mark."""
    project = folder / "homemade"
    project.mkdir(parents=True)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "builder"\nbackend-path = ["."]\n'
        '[project]\nname = "homemade"\nversion = "1"\n'
    )
    (project / "builder.py").write_text(
        f"open({str(folder / 'built')!r}, 'w').close()\n"
        "def build_wheel(*a, **k): raise SystemExit(1)\n"
        "build_sdist = build_wheel\n"
    )
    model = write_mlmodel(folder / "model", {"python_function": {"loader_module": "mlflow.sklearn"}}, None)
    (model / "requirements.txt").write_text(f"homemade @ file://{project}\n")
    return model


@pytest.mark.parametrize("allowed", [False, True])
def test_nothing_is_built_from_source_unless_that_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, allowed: bool
) -> None:
    """A package's build runs as the node: by default it does not, and the reason names the package and the setting."""
    monkeypatch.setenv(FROM_SOURCE, "1" if allowed else "0")
    with pytest.raises(Unavailable, match="the environment cannot be built") as caught:
        built(tmp_path, sourced(tmp_path), Runtime.PYFUNC)

    assert allowed == (tmp_path / "built").exists()
    assert "homemade" in caught.value.message
    assert allowed == (f"{FROM_SOURCE}=1" not in caught.value.message)


FAKE_UV = """#!/bin/sh
# Stands in for uv: says that it was called, and what is under way ends when the test lets it.
echo "$1" >> "{folder}/calls"
if [ "$1" = venv ]; then
    for home; do :; done
    mkdir -p "$home"
else
    while [ ! -e "{folder}/go" ]; do sleep 0.02; done
    echo done >> "{folder}/calls"
fi
"""

BUILD = """
import asyncio, sys
from pathlib import Path
from modelwright.serving.model import Runtime
from modelwright.serving.node.environments import FROM_SOURCE, Environments, names_everything
from modelwright.serving.node.package import read_package
folder = Path(sys.argv[1])
asyncio.run(Environments(folder / "environments").python_for(read_package(folder / "model"), Runtime.PYFUNC, None))
"""


def test_an_environment_is_built_anew_after_the_one_that_was_building_it_was_killed(tmp_path: Path) -> None:
    """The next waits until the killed one's uv has ended, too: two never write into one environment."""
    folder = write_mlmodel(tmp_path / "model", {"python_function": {"loader_module": "mlflow.sklearn"}}, None)
    (folder / "requirements.txt").write_text("numpy\n")
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "uv"
    fake.write_text(FAKE_UV.format(folder=tmp_path))
    fake.chmod(0o755)
    env = {**os.environ, "PATH": f"{fake.parent}:{os.environ['PATH']}"}
    calls = tmp_path / "calls"

    def build() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", BUILD, str(tmp_path)], env=env)

    def called() -> list[str]:
        return calls.read_text().split() if calls.exists() else []

    with build() as killed:
        eventually(lambda: called() == ["venv", "pip"])
        killed.kill()
    with build() as second:
        (tmp_path / "go").touch()
        status = second.wait()

    assert 0 == status
    assert ["venv", "pip", "done", "venv", "pip", "done"] == called()
    assert [] != list((tmp_path / "environments").glob("*/complete"))


@pytest.mark.parametrize(
    ("listed", "whole"),
    [
        ("numpy==2.4.6\n", True),
        (
            "# a lock\nnumpy==2.4.6 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\njoblib[a,b] == 1.6.0 # why\n",
            True,
        ),
        ("numpy==2.4.6 ; python_version < '4'\nNarwhals==2.0.post1\n", True),
        ("numpy==2.*\n", False),
        ("numpy>=2\n", False),
        ("numpy\n", False),
        ("scikit-learn==1.9.1\n", False),
        ("numpy==2.4.6\n--index-url https://example.org\n", False),
        ("numpy==2.4.6\n-e .\n", False),
        ("numpy==2.4.6\nthing @ https://example.org/thing.whl\n", False),
    ],
)
def test_only_exact_versions_make_a_list_that_needs_no_index(listed: str, whole: bool) -> None:  # noqa: FBT001
    """Whatever leaves a choice, or says where to look, is left to uv."""
    assert whole == names_everything(listed.encode())


COUNTING_UV = """#!/bin/sh
# Stands in for uv: notes each call, and fails at what the test says that it fails at.
echo "$*" >> "{folder}/calls"
if [ "$1" = venv ]; then for home; do :; done; mkdir -p "$home"; fi
# Options and words only: the folders among them may be named anything.
for word; do if [ "$word" = "{fails}" ]; then exit 1; fi; done
"""


@pytest.mark.parametrize(
    ("fails", "calls"),
    [
        ("nothing", ["venv", "--offline --no-deps", "pip check"]),
        ("--offline", ["venv", "--offline --no-deps", "numpy"]),
        ("check", ["venv", "--offline --no-deps", "pip check", "numpy"]),
    ],
)
def test_an_index_is_asked_only_when_the_cache_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, calls: list[str]
) -> None:
    """An exact list is installed from the cache; where something is not there, or is missing beside it, uv looks."""
    folder = write_mlmodel(tmp_path / "model", {"python_function": {"loader_module": "mlflow.sklearn"}}, None)
    (folder / "requirements.txt").write_text("numpy==2.4.6\n")
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    fake.write_text(COUNTING_UV.format(folder=tmp_path, fails=fails))
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    built(tmp_path, folder, Runtime.PYFUNC)

    made = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == len(made)
    assert all(part in line for part, line in zip(calls, made, strict=True))


def test_a_node_without_room_for_an_environment_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apart from what is wrong with the version's requirements: that would be held against the version."""
    folder = write_mlmodel(tmp_path / "model", {"python_function": {"loader_module": "mlflow.sklearn"}}, None)
    (folder / "requirements.txt").write_text("numpy==2.4.6\n")
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'failed to write: No space left on device (os error 28)'\nexit 2\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")

    with pytest.raises(StorageFull, match="no room for the environment"):
        built(tmp_path, folder, Runtime.PYFUNC)
