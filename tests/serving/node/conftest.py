"""Trained models, shared by all tests of the node, and a node to serve them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import LABELS, ROWS, linear_onnx, write_onnx, write_sklearn


@pytest.fixture(scope="session")
def forest() -> RandomForestClassifier:
    return RandomForestClassifier(20, max_depth=6, random_state=1).fit(ROWS, LABELS)


@pytest.fixture(scope="session")
def logistic() -> LogisticRegression:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)


@pytest.fixture(scope="session")
def onnx_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph that sums the thirty features: quick to load, and its answer is easily known."""
    return write_onnx(tmp_path_factory.mktemp("onnx") / "model", linear_onnx(1.0))


@pytest.fixture(scope="session")
def doubling_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with every weight 2."""
    return write_onnx(tmp_path_factory.mktemp("onnx") / "model", linear_onnx(2.0))


@pytest.fixture(scope="session")
def forest_folder(tmp_path_factory: pytest.TempPathFactory, forest: RandomForestClassifier) -> Path:
    return write_sklearn(tmp_path_factory.mktemp("forest") / "model", forest)


@pytest.fixture(scope="session")
def logistic_folder(tmp_path_factory: pytest.TempPathFactory, logistic: LogisticRegression) -> Path:
    return write_sklearn(tmp_path_factory.mktemp("logistic") / "model", logistic)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def node(tmp_path: Path, shelf: Shelf) -> Iterator[LiveNode]:
    live = LiveNode(tmp_path / "node", shelf)
    yield live
    live.close()
