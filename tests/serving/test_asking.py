"""Asking a node on a person's behalf: its answer comes through, its refusals keep their words."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from modelwright.core.errors import BadInput, Unavailable
from modelwright.serving import asking
from modelwright.serving.asking import TryAsked
from modelwright.serving.model import Logging, Mode, RouteReport, RouteStatus, Sticky, VersionRef
from modelwright.serving.shown import Deployment, RouteOnNode, RouteSettings, RouteShown
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, ROWS, linear_onnx, write_onnx

ROW = dict(zip(FEATURES, ROWS[0].tolist(), strict=True))


def deployment(*endpoints: str) -> Deployment:
    return Deployment(
        name="api",
        workspace="default",
        stopped=False,
        sticky=Sticky(),
        logging=Logging(),
        created_ms=0,
        updated_ms=0,
        revision=1,
        endpoints=endpoints,
    )


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    """A node that answers for the deployment `api`."""
    folder = write_onnx(tmp_path_factory.mktemp("asked") / "model", linear_onnx(1.0))
    shelf = Shelf()
    node = LiveNode(tmp_path_factory.mktemp("asked") / "node", shelf)
    node.serve(shelf.route(folder))
    yield node
    node.close()


def test_a_row_is_answered_as_any_caller_would_be(serving: LiveNode) -> None:
    """With the prediction's id, the version and the node that answered."""
    tried = asyncio.run(asking.try_out(deployment(serving.url), TryAsked(rows=[ROW])))

    assert ("cancer:1", serving.url, 32) == (tried.version, tried.node, len(tried.prediction))
    assert 1 == len(tried.predictions)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (TryAsked(rows=[{**ROW, FEATURES[0]: "many"}]), FEATURES[0]),
        (TryAsked(rows=[]), "the request has"),
        (TryAsked(), "one of them"),
        (TryAsked(rows=[ROW], columns={}), "one of them"),
    ],
)
def test_what_the_model_does_not_take_is_refused_in_the_nodes_words(
    serving: LiveNode, asked: TryAsked, part: str
) -> None:
    with pytest.raises(BadInput, match=part):
        asyncio.run(asking.try_out(deployment(serving.url), asked))


def test_a_version_that_is_loading_is_told_with_what_the_node_reports(tmp_path: Path) -> None:
    """The node says 503 to everybody who may ask again; a person is told what it waits for."""
    node = LiveNode(tmp_path, Shelf())
    node.node.front.replace({}, frozenset({"api"}))
    try:
        with pytest.raises(Unavailable, match="has nothing of 'api' loaded"):
            asyncio.run(asking.try_out(deployment(node.url), TryAsked(rows=[ROW])))
    finally:
        node.close()


def test_a_node_that_has_nothing_loaded_is_told_from_a_wrong_row(serving: LiveNode) -> None:
    """It may pass; where a version does not load, the node's reason for that is given."""
    report = RouteReport(
        deployment="other",
        route="cancer-2",
        version=VersionRef(model="cancer", number=2),
        manifest="",
        status=RouteStatus.FAILED,
        reason="no such operator",
    )
    route = RouteShown(
        id="cancer-2",
        version=VersionRef(model="cancer", number=2),
        manifest="",
        share=1.0,
        mode=Mode.LIVE,
        settings=RouteSettings(),
        reports=(RouteOnNode(node="edge", fresh=True, report=report),),
    )
    other = msgspec.structs.replace(deployment(serving.url), name="other", routes=(route,))

    with pytest.raises(Unavailable, match="cancer:2 is failed on edge: no such operator"):
        asyncio.run(asking.try_out(other, TryAsked(rows=[ROW])))


def test_no_node_and_a_node_that_is_gone_are_told_apart() -> None:
    """Either may pass, so the request may be made again."""
    with pytest.raises(Unavailable, match="no node serves 'api' now"):
        asyncio.run(asking.try_out(deployment(), TryAsked(rows=[ROW])))
    with pytest.raises(Unavailable, match="does not answer"):
        asyncio.run(asking.try_out(deployment("http://127.0.0.1:1"), TryAsked(rows=[ROW])))
