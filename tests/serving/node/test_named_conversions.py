"""Pipelines on tables of text and numbers, trained and saved by others, answered in the node as by themselves."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from modelwright.cli import client_env
from modelwright.serving.model import Engine, Limits
from tests.serving.node.live import LiveNode, Shelf

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).parent / "programs" / "save_tables.py"
CONVERTED = ["forest", "logistic", "strict", "regression", "boosted", "search"]
# Its thresholds lie between numbers that float32 does not tell apart; the proof sees that.
KEPT = ["histogram"]
LIMITS = Limits(deadline_ms=120_000, load_s=600)

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(1800)]


class Saved(msgspec.Struct):
    folder: Path
    rows: list[dict[str, Any]]
    answers: dict[str, dict[str, list[Any]]]
    python: Path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("tables")
    python = client_env.ensure(ROOT / ".envs")
    command = [str(python), str(PROGRAM), str(folder), *CONVERTED, *KEPT]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    said = json.loads(done.stdout.splitlines()[-1])
    return Saved(folder, said.pop("rows"), said, python)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, saved: Saved) -> Iterator[tuple[LiveNode, Shelf]]:
    shelf = Shelf()
    node = LiveNode(tmp_path_factory.mktemp("node") / "home", shelf, python=saved.python)
    yield node, shelf
    node.close()


def served(live: tuple[LiveNode, Shelf], saved: Saved, name: str, engine: Engine) -> LiveNode:
    node, shelf = live
    node.serve(shelf.route(saved.folder / name, engine=engine, limits=LIMITS))
    return node


def asked(node: LiveNode, rows: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    """The answers; None when the model refuses the rows."""
    answer = node.http.post("/deployments/api/predict", json={"rows": rows}, timeout=180)
    if answer.status_code == 400 and answer.json()["code"] == "model_refused":
        return None
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


def assert_alike(label: Any, scores: Any, found: dict[str, Any]) -> None:
    if isinstance(label, str):
        assert label == found["predict"]
        np.testing.assert_allclose(scores, found["predict_proba"], rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_allclose(label, found["predict"], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", [*CONVERTED, *KEPT])
def test_a_table_of_text_and_numbers_is_answered_as_by_the_model_itself(
    live: tuple[LiveNode, Shelf], saved: Saved, name: str
) -> None:
    """Missing values and texts, unknown categories and numbers too large for single precision among the rows; what the
    model refuses is refused, and rows that come together are answered as alone.
    """
    node = served(live, saved, name, Engine.AUTO)
    said = saved.answers[name]
    expected = list(zip(saved.rows, said["labels"], said["scores"], strict=True))
    alone = [asked(node, [row]) for row, _, _ in expected]
    together = asked(node, [row for row, label, _ in expected if label is not None])

    assert ("onnx" if name in CONVERTED else "native") == node.node.front.endpoints["api"].first.runner.engine
    assert [label is None for label in said["labels"]] == [one is None for one in alone]
    for (_, label, scores), found in zip(expected, alone, strict=True):
        if found is not None:
            assert_alike(label, scores, found[0])
    assert together is not None
    answered = [one for one in expected if one[1] is not None]
    for (_, label, scores), row in zip(answered, together, strict=True):
        assert_alike(label, scores, row)


def test_a_missing_text_means_the_same_whatever_rows_are_beside_it(live: tuple[LiveNode, Shelf], saved: Saved) -> None:
    """In pandas 3 a column of nothing but None is of another type than one with a text in it."""
    node = served(live, saved, "forest", Engine.NATIVE)
    row = saved.rows[0] | {"trade": None, "town": None}
    alone, together = asked(node, [row]), asked(node, [row, saved.rows[1]])

    assert alone is not None
    assert together is not None
    assert alone[0] == together[0]


def test_a_node_without_pandas_makes_an_environment_that_has_it(tmp_path: Path, shelf: Shelf, saved: Saved) -> None:
    """Though its own scikit-learn is the one that the model was saved with; the converters are the node's even so."""
    assert importlib.util.find_spec("pandas") is None
    node = LiveNode(tmp_path / "home", shelf)
    try:
        node.serve(shelf.route(saved.folder / "logistic", limits=LIMITS))
        said = saved.answers["logistic"]
        found = asked(node, saved.rows[:9])

        assert "onnx" == node.node.front.endpoints["api"].first.runner.engine
        assert found is not None
        for place, one in enumerate(found):
            assert_alike(said["labels"][place], said["scores"][place], one)
    finally:
        node.close()


def test_the_report_says_what_a_conversion_differs_in(live: tuple[LiveNode, Shelf], saved: Saved) -> None:
    """Of one that does not answer alike, too: it is served as it is, and the reason is there to be read."""
    reports = {}
    for name in ("logistic", "histogram"):
        node = served(live, saved, name, Engine.AUTO)
        (report,) = [one for one in node.node.report().routes if one.status.value == "ready"]
        assert report.parity is not None
        reports[name] = report.parity

    assert reports["logistic"].proven
    assert reports["logistic"].rows > 1500
    assert "differs" in reports["histogram"].reason
