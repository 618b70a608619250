"""What a deployment takes, from its version's own files."""

import json
from typing import Any

import pytest
import yaml

from modelwright.core.db.database import Database
from modelwright.core.errors import NotFound
from modelwright.serving.model import FileRef, Mode, Route, VersionRef
from modelwright.serving.service import deployments, signatures
from modelwright.serving.shown import RouteAsked, RoutesAsked
from tests.serving.house import ANN, VERSIONS, deployed

EXAMPLE = {"columns": ["amount", "country"], "data": [[9.5, "NO"], [1.0, "SE"]]}


def mlmodel(**more: Any) -> bytes:
    inputs = [{"type": "double", "name": "amount"}, {"type": "string", "name": "country", "required": False}]
    return yaml.safe_dump({"flavors": {}, "signature": {"inputs": json.dumps(inputs)}, **more}).encode()


def route(*paths: str, size: int = 10) -> Route:
    return Route(
        id="r",
        version=VersionRef(model="fraud", number=17),
        manifest="sha256:" + "0" * 64,
        files=tuple(FileRef(path=path, digest=f"sha256:{n:064x}", size_bytes=size) for n, path in enumerate(paths)),
        share=1.0,
    )


def test_columns_and_the_first_row_of_the_example_are_told() -> None:
    bodies = [mlmodel(saved_input_example_info={"artifact_path": "input_example.json"}), json.dumps(EXAMPLE).encode()]
    shown = signatures.shown(route("MLmodel", "input_example.json"), lambda digest: bodies[int(digest[-1])])

    assert [("amount", "FP64", True), ("country", "BYTES", False)] == [
        (one.name, one.kind.value, one.required) for one in shown.inputs
    ]
    assert {"amount": 9.5, "country": "NO"} == shown.example


def test_all_rows_of_the_example_are_there_to_be_held_against() -> None:
    bodies = [mlmodel(saved_input_example_info={"artifact_path": "input_example.json"}), json.dumps(EXAMPLE).encode()]
    kept = signatures.examples(route("MLmodel", "input_example.json"), lambda digest: bodies[int(digest[-1])])

    assert [{"amount": 9.5, "country": "NO"}, {"amount": 1.0, "country": "SE"}] == kept


@pytest.mark.parametrize(
    "body",
    [
        b"flavors: {}",
        b"not: [yaml",
        b"",
        b"text",
        mlmodel(saved_input_example_info={"artifact_path": "nowhere.json"}),
        mlmodel(saved_input_example_info=7),
    ],
)
def test_a_file_that_says_less_is_no_fault(body: bytes) -> None:
    """No example, perhaps no inputs; never an error for what its maker left out."""
    shown = signatures.shown(route("MLmodel"), lambda _: body)

    assert shown.example is None
    assert len(shown.inputs) in {0, 2}


def test_files_that_are_too_long_are_left_to_nodes() -> None:
    """A page does not read a megabyte to make a form."""
    assert () == signatures.shown(route("MLmodel", size=2_000_000), lambda _: mlmodel()).inputs


def test_the_route_with_most_of_the_traffic_speaks_for_the_deployment(db: Database) -> None:
    """Shadows do not speak."""
    deployed(db)
    asked = RoutesAsked(
        routes=(
            RouteAsked(version="fraud:17", share=0.2),
            RouteAsked(version="fraud:18", share=0.8),
            RouteAsked(version="fraud:19", share=1.0, mode=Mode.SHADOW),
        )
    )
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", asked))

    assert 18 == db.read_now(lambda tx: signatures.route_of(tx, "fraud-api")).version.number
    with pytest.raises(NotFound, match="ghost"):
        db.read_now(lambda tx: signatures.route_of(tx, "ghost"))
