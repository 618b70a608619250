"""Models made of others, and of their makers' own code: their columns are numbers, and yet want their names."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelwright.cli import client_env
from modelwright.serving.model import Limits
from tests.serving.node.live import LiveNode, Shelf

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "programs" / "save_composed.py"
NAMES = ["voting", "stacking", "calibrated", "each", "union", "target", "function", "own", "unsigned", "none", "nan"]

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Path]:
    folder, python = tmp_path_factory.mktemp("composed"), client_env.ensure(ROOT / ".envs")
    done = subprocess.run([str(python), str(PROGRAM), str(folder)], check=True, capture_output=True, text=True)
    return folder, json.loads(done.stdout.splitlines()[-1]), python


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, saved: tuple[Path, Any, Path]) -> Iterator[tuple[LiveNode, Shelf]]:
    shelf = Shelf()
    node = LiveNode(tmp_path_factory.mktemp("node") / "home", shelf, python=saved[2])
    yield node, shelf
    node.close()


@pytest.mark.parametrize("name", NAMES)
def test_columns_reach_whatever_part_asks_for_them_by_name(
    live: tuple[LiveNode, Shelf], saved: tuple[Path, dict[str, Any], Path], name: str
) -> None:
    """In one of several estimators, behind a calibration, or in a function that somebody wrote for a DataFrame; without
    a signature too. A text that is missing is what it was to the encoder that has learned it.
    """
    node, shelf = live
    folder, said, _ = saved
    node.serve(shelf.route(folder / name, limits=Limits(deadline_ms=120_000, load_s=600)))
    answer = node.http.post("/invocations", json={"dataframe_records": said["rows"][name]}, timeout=180)

    assert 200 == answer.status_code, answer.text
    if name == "target":
        np.testing.assert_allclose(said["answers"][name], answer.json()["predictions"], rtol=1e-5)
    else:
        assert said["answers"][name] == answer.json()["predictions"]
