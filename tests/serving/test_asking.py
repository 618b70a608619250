"""Asking a node on a person's behalf: its answer comes through, its refusals keep their words."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from modelwright.core.errors import BadInput, Conflict, Unavailable
from modelwright.serving import asking
from modelwright.serving.asking import TryAsked
from modelwright.serving.model import Logging, Sticky, VersionRef
from modelwright.serving.shown import Deployment, Prediction
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


def answered(inputs: dict[str, object], outputs: dict[str, object], hidden: tuple[str, ...] = ()) -> Prediction:
    return Prediction(
        prediction="0" * 32,
        position=0,
        at_ms=0,
        workspace="default",
        deployment="api",
        route="r1",
        version=VersionRef(model="cancer", number=1),
        manifest="sha256:0",
        engine="onnx",
        node="test",
        latency_ms=1.0,
        caller="",
        share=1.0,
        inputs=inputs,
        outputs=outputs,
        hidden=hidden,
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


def test_no_node_and_a_node_that_is_gone_are_told_apart() -> None:
    """Either may pass, so the request may be made again."""
    with pytest.raises(Unavailable, match="no node serves 'api' now"):
        asyncio.run(asking.try_out(deployment(), TryAsked(rows=[ROW])))
    with pytest.raises(Unavailable, match="does not answer"):
        asyncio.run(asking.try_out(deployment("http://127.0.0.1:1"), TryAsked(rows=[ROW])))


def test_the_same_again_is_equal_and_another_answer_is_not(serving: LiveNode) -> None:
    """Columns that were one tensor on the wire are put together again; the difference is a number."""
    tried = asyncio.run(asking.try_out(deployment(serving.url), TryAsked(rows=[ROW])))
    [outputs] = tried.predictions
    [(name, value)] = outputs.items()
    inputs = msgspec.json.decode(msgspec.json.encode(ROW))

    same = asyncio.run(asking.replay(deployment(serving.url), answered(inputs, outputs)))
    other = asyncio.run(asking.replay(deployment(serving.url), answered(inputs, {name: _plus_one(value)})))

    assert same.equal
    assert not other.equal
    assert pytest.approx(1.0) == other.differences[name]


def _plus_one(value: object) -> object:
    return [one + 1 for one in value] if isinstance(value, list) else value + 1  # type: ignore[operator]  # numbers


def test_what_the_ledger_does_not_hold_whole_is_not_replayed() -> None:
    """A masked column cannot be asked again; it is said which."""
    hashed: dict[str, object] = {"amount": "a digest"}
    masked: dict[str, object] = {"age": 3}
    for inputs in (hashed, masked):
        with pytest.raises(Conflict, match="amount"):
            asyncio.run(asking.replay(deployment(), answered(inputs, {"label": 1}, hidden=("amount",))))
