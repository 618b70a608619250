"""What a node keeps of conversions, and when it believes it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from modelwright.serving.model import Limits
from modelwright.serving.node.conversions import Conversion, Evidence, keep, kept
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import ROWS, linear_onnx, write_onnx


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
