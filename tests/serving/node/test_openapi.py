"""What a deployment's own description promises, asked of the deployment by schemathesis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import write_mlmodel, write_onnx
from tests.serving.node.test_v2 import echo_onnx

KINDS = (("FP64", "double"), ("INT64", "long"), ("INT32", "integer"), ("BOOL", "boolean"), ("BYTES", "string"))
COLUMNS = [{"type": kind, "name": f"in_{name}", "required": True} for name, kind in KINDS]
OPTIONAL = [{**one, "required": False} for one in COLUMNS]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, onnx_folder: Path) -> Iterator[LiveNode]:
    """Deployment `numbers` takes thirty numbers, `mixed` a column of each kind, `optional` the same, where any may be
    missing, and `tensors` one of each.
    """
    folder = tmp_path_factory.mktemp("described")
    shelf = Shelf()
    node = LiveNode(folder / "node", shelf)
    mixed = write_onnx(folder / "mixed", echo_onnx([name for name, _ in KINDS], width=1), COLUMNS)
    optional = write_onnx(folder / "optional", echo_onnx([name for name, _ in KINDS], width=1), OPTIONAL)
    tensors = write_mlmodel(folder / "tensors", {"onnx": {"data": "model.onnx"}}, None)
    (tensors / "model.onnx").write_bytes(echo_onnx([name for name, _ in KINDS], width=2))
    folders = {"numbers": onnx_folder, "mixed": mixed, "optional": optional, "tensors": tensors}
    node.serve_all(**{name: shelf.route(one) for name, one in folders.items()})
    yield node
    node.close()


@pytest.mark.parametrize("deployment", ["numbers", "mixed", "optional", "tensors"])
def test_every_answer_is_one_that_was_described(live: LiveNode, deployment: str) -> None:
    """Whatever is made from the description gets a described answer: never a 5xx, never another form."""
    described = schemathesis.openapi.from_dict(live.http.get(f"/deployments/{deployment}/openapi.json").json())
    operation = described[f"/deployments/{deployment}/predict"]["POST"]

    @given(case=operation.as_strategy())
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        # That columns have one length is a rule no JSON Schema can state: such bodies are valid, and refused.
        case.call_and_validate(base_url=live.url, excluded_checks=[positive_data_acceptance])

    ask()
