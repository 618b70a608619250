"""What a node keeps of conversions, and when it believes it."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from modelwright.serving.model import Engine, Limits, NodeReport, RouteReport
from modelwright.serving.node.conversions import Conversion, Evidence, keep, kept
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import LABELS, ROWS, linear_onnx, write_onnx, write_sklearn
from tests.waiting import eventually

FOREVER_S = 600


@pytest.fixture
def hasty(tmp_path: Path, shelf: Shelf) -> Iterator[LiveNode]:
    """A node that waits for no conversion."""
    live = LiveNode(tmp_path / "home", shelf, conversion_wait_s=0.0)
    yield live
    live.close()


def engine(node: LiveNode) -> str:
    return node.node.front.endpoints["api"].first.runner.engine


def said(node: LiveNode) -> RouteReport:
    [report] = node.do(reported(node)).routes
    return report


def after_an_order(node: LiveNode, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Have conversions of the node begin when the event is set."""
    begin = threading.Event()
    convert = node.node._loader._convert

    async def later(*asked: Any) -> Conversion:
        await asyncio.to_thread(begin.wait, FOREVER_S)
        return await convert(*asked)

    monkeypatch.setattr(node.node._loader, "_convert", later)
    return begin


async def reported(node: LiveNode) -> NodeReport:
    return node.node.report()


@pytest.mark.slow
def test_what_an_earlier_release_kept_of_a_conversion_is_not_believed(
    tmp_path: Path, shelf: Shelf, forest_folder: Path
) -> None:
    """Then it could not be proven equal; now it is made anew, and once: the next start finds it."""
    route = shelf.route(forest_folder, limits=Limits(load_s=600))
    earlier = tmp_path / "home" / "engines" / route.manifest.removeprefix("sha256:")
    earlier.mkdir(parents=True)
    (earlier / "evidence.json").write_text('{"proven": false, "reason": "no converter for it then"}')

    engines, made = [], []
    for _ in range(2):
        node = LiveNode(tmp_path / "home", shelf)
        try:
            node.serve(route)
            engines.append(node.node.front.endpoints["api"].first.runner.engine)
        finally:
            node.close()
        made.append({path: path.stat().st_mtime_ns for path in (tmp_path / "home" / "engines").rglob("model.onnx")})

    assert ["onnx", "onnx"] == engines
    assert 1 == len(made[0])
    assert made[0] == made[1]


@pytest.mark.slow
@pytest.mark.parametrize("made_of_it", [b"", b"half of it", None])
def test_a_conversion_that_rots_on_the_disk_is_made_anew(
    tmp_path: Path, shelf: Shelf, logistic_folder: Path, made_of_it: bytes | None
) -> None:
    """Neither does it keep the version from being served, nor are its answers another's."""
    route = shelf.route(logistic_folder, limits=Limits(load_s=600))
    answers, engines = [], []
    for _ in range(2):
        node = LiveNode(tmp_path / "home", shelf)
        try:
            node.serve(route)
            engines.append(node.node.front.endpoints["api"].first.runner.engine)
            answers.append(node.http.post("/invocations", json={"inputs": ROWS[:50].tolist()}).json())
        finally:
            node.close()
        [kept] = (tmp_path / "home" / "engines").rglob("model.onnx")
        if made_of_it is not None:
            kept.write_bytes(made_of_it)
        else:
            # Still a graph, and not the one that was proven.
            write_onnx(kept.parent, linear_onnx(1.0))

    assert ["onnx", "onnx"] == engines
    assert answers[0] == answers[1]


@pytest.mark.parametrize("replicas", [1, 2])
def test_a_version_that_is_long_in_converting_is_served_as_it_is_until_then(
    hasty: LiveNode, shelf: Shelf, logistic_folder: Path, monkeypatch: pytest.MonkeyPatch, replicas: int
) -> None:
    """Nobody waits, no request fails when the faster one takes over, and the counts go on."""
    begin = after_an_order(hasty, monkeypatch)
    route = shelf.route(logistic_folder, limits=Limits(load_s=FOREVER_S), replicas=replicas)
    hasty.serve(route)
    first, meanwhile = engine(hasty), said(hasty)
    begin.set()
    answers = []

    def converted() -> bool:
        answers.append(hasty.http.post("/deployments/api/invocations", json={"inputs": ROWS[:20].tolist()}))
        return engine(hasty) == "onnx"

    eventually(converted)
    converted()

    assert "onnx" != first
    assert (first, "served as it is while it is converted to ONNX", None) == (
        meanwhile.engine,
        meanwhile.reason,
        meanwhile.parity,
    )
    after = said(hasty)
    assert ("onnx", "") == (after.engine, after.reason)
    assert after.parity is not None
    assert after.parity.proven
    assert {200} == {one.status_code for one in answers}
    assert 1 == len({one.text for one in answers})
    assert len(answers) == hasty.node.front.endpoints["api"].first.total().requests


def test_what_cannot_be_converted_is_served_on_and_says_why(hasty: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """No converter knows what a function of numpy's does."""
    model = make_pipeline(FunctionTransformer(np.log1p), LogisticRegression(max_iter=10_000)).fit(ROWS, LABELS)
    folder = write_sklearn(tmp_path / "model", model)
    hasty.serve(shelf.route(folder, limits=Limits(load_s=FOREVER_S)))
    runner = hasty.node.front.endpoints["api"].first.runner
    parity = eventually(lambda: said(hasty).parity)

    assert not parity.proven
    assert parity.reason
    assert runner is hasty.node.front.endpoints["api"].first.runner
    assert "" == said(hasty).reason


def test_a_version_is_waited_for_where_another_answers_meanwhile(
    hasty: LiveNode, shelf: Shelf, onnx_folder: Path, logistic_folder: Path
) -> None:
    """A candidate is judged by how fast it is: it comes as it will stay."""
    hasty.serve(shelf.route(onnx_folder))
    candidate = shelf.route(logistic_folder, number=2, share=0.5, limits=Limits(load_s=FOREVER_S))
    hasty.serve(shelf.route(onnx_folder, share=0.5), candidate)

    assert ["onnx", "onnx"] == [one.runner.engine for one in hasty.node.front.endpoints["api"].routes]


def test_onnx_that_is_asked_for_by_name_is_waited_for(hasty: LiveNode, shelf: Shelf, logistic_folder: Path) -> None:
    hasty.serve(shelf.route(logistic_folder, engine=Engine.ONNX, limits=Limits(load_s=FOREVER_S)))

    assert "onnx" == engine(hasty)


def test_what_is_withdrawn_while_it_is_converted_leaves_nothing_behind(
    hasty: LiveNode, shelf: Shelf, logistic_folder: Path, onnx_folder: Path, tmp_path: Path
) -> None:
    hasty.serve(shelf.route(logistic_folder, limits=Limits(load_s=FOREVER_S)))
    hasty.serve(shelf.route(onnx_folder, number=2))
    eventually(lambda: not list((tmp_path / "home" / "workers").iterdir()))

    assert ["2"] == [str(one.route.version.number) for one in hasty.node.front.endpoints["api"].routes]
    assert [] == list((tmp_path / "home" / "engines").rglob("model.onnx"))


def test_a_conversion_that_came_to_nothing_is_kept_for_a_day(tmp_path: Path) -> None:
    """With more patience at once, else another day, as is what came to nothing for any other reason."""
    folders = {waited_s: tmp_path / str(waited_s) for waited_s in (0.0, 300.0)}
    for waited_s, folder in folders.items():
        keep(folder, Conversion(Evidence(proven=False, reason="so it is", waited_s=waited_s)))
    now = [kept(folder, load_s) is None for folder in folders.values() for load_s in (300, 600)]
    for folder in folders.values():
        os.utime(folder / "evidence.json", (time.time() - 2 * 86_400,) * 2)
    later = [kept(folder, 300) is None for folder in folders.values()]

    assert [False, False, False, True] == now
    assert [True, True] == later
