"""How a version is opened."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

from modelwright.serving.node.runtimes.onnx import session_of
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
