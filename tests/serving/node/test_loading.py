"""How a version is opened."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from modelwright.serving.model import Limits
from modelwright.serving.node.runtimes.onnx import session_of
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import linear_onnx, write_onnx


def test_routes_of_one_version_share_what_is_loaded(tmp_path: Path, onnx_folder: Path) -> None:
    """A second copy would take its memory, and push the first out of the processor's cache."""
    one, two = session_of(onnx_folder / "model.onnx"), session_of(onnx_folder / "model.onnx")
    other = session_of(write_onnx(tmp_path / "other", linear_onnx(3.0)) / "model.onnx")

    assert one is two
    assert one is not other


def test_what_is_loaded_goes_with_the_last_who_serves_it(onnx_folder: Path) -> None:
    gone = weakref.ref(session_of(onnx_folder / "model.onnx"))
    gc.collect()

    assert gone() is None


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
