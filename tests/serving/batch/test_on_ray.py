"""The same file on a Ray cluster: the same rows in the same order, whoever computed them."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import ray

from modelwright.core.errors import BadInput, ModelwrightError, Unavailable
from modelwright.serving.batch import scoring
from modelwright.serving.batch.files import Target
from modelwright.serving.batch.scoring import Asked, score
from modelwright.serving.model import Route
from modelwright.serving.node.sources import route_from_folder
from tests.serving.node.models import FEATURES, linear_onnx, write_onnx

COPIES = 2


@pytest.fixture
def version(tmp_path: Path) -> tuple[Route, Any]:
    route, paths = route_from_folder(write_onnx(tmp_path / "model", linear_onnx(2.0)), "cancer", 1)

    async def fetch(digest: str) -> AsyncIterator[bytes]:
        yield paths[digest].read_bytes()

    return msgspec.structs.replace(route, replicas=COPIES), fetch


@pytest.fixture
def source(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).normal(size=(1000, 30))
    columns = {"id": np.arange(1000)} | {name: values[:, place] for place, name in enumerate(FEATURES)}
    pq.write_table(pa.table(columns), tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "CALL_ROWS", 70)
    monkeypatch.setattr(scoring, "PART_ROWS", 300)


def scored(version: tuple[Route, Any], source: Path, target: Path, cluster: str) -> pa.Table:
    route, fetch = version
    asked = Asked(source=source, target=target, keep=("id",), all_outputs=True, ray=cluster)
    home = target.with_suffix(".home")
    home.mkdir(exist_ok=True)
    assert 1000 == score(asked, route, fetch, home=home, progress=lambda _: None)
    return pq.read_table(target)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_local_cluster_answers_as_this_process_does(
    version: tuple[Route, Any], source: Path, tmp_path: Path, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal rows in equal order; and a run that was stopped here goes on there, from the parts that it left."""
    here = scored(version, source, tmp_path / "here.parquet", "")
    there = scored(version, source, tmp_path / "there.parquet", "local")
    assert here.equals(there)
    assert list(range(1000)) == there["id"].to_pylist()

    kept: list[pa.Table] = []
    add = Target.add

    def stopped(target: Target, part: pa.Table) -> None:
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(part)
        add(target, part)

    with monkeypatch.context() as patch:
        patch.setattr(Target, "add", stopped)
        with pytest.raises(KeyboardInterrupt):
            scored(version, source, tmp_path / "stopped.parquet", "")
    told: list[int] = []
    route, fetch = version
    asked = Asked(source=source, target=tmp_path / "stopped.parquet", keep=("id",), all_outputs=True, ray="local")
    score(asked, route, fetch, home=tmp_path / "stopped.home", progress=told.append)

    assert 600 == told[0]
    assert here.equals(pq.read_table(tmp_path / "stopped.parquet"))
    assert not ray.is_initialized()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_what_the_model_refuses_is_told_with_its_words(source: Path, tmp_path: Path) -> None:
    """A version that does not load there says why, and the cluster that was started for it is gone."""
    broken = tmp_path / "broken"
    write_onnx(broken, b"no graph")
    route, paths = route_from_folder(broken, "cancer", 2)

    async def fetch_broken(digest: str) -> AsyncIterator[bytes]:
        yield paths[digest].read_bytes()

    with pytest.raises(ModelwrightError):
        scored((route, fetch_broken), source, tmp_path / "out.parquet", "local")
    assert not ray.is_initialized()


def test_cluster_that_does_not_answer_is_named(version: tuple[Route, Any], source: Path, tmp_path: Path) -> None:
    """Within seconds and in words; Ray itself would try for minutes and end the process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unavailable, match=f"no Ray cluster answers at '127.0.0.1:{port}'"):
        scored(version, source, tmp_path / "out.parquet", f"127.0.0.1:{port}")


def test_without_ray_it_says_what_to_install(
    version: tuple[Route, Any], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match=r"modelwright\[ray\]"):
        scored(version, source, tmp_path / "out.parquet", "local")
