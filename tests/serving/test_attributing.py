"""What of a real answer is due to which feature, asked of the version on a real node."""

import math
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modelwright.artifacts.blobs import Blobs
from modelwright.core.db.database import Database
from modelwright.core.errors import BadInput, Conflict, NotFound, Unavailable
from modelwright.serving.attributing import attribute
from modelwright.serving.attribution import (
    ROWS_ASKED,
    Attribution,
    Feature,
    Method,
    Source,
    alike,
    digest_of,
    explained_output,
    features_of,
    mixed,
    most_backgrounds,
    numbers_of,
    pairs_for,
)
from modelwright.serving.model import Engine, FileRef, Isolation, Route, Segment, VersionRef
from modelwright.serving.node import insides
from modelwright.serving.node.front import Front
from modelwright.serving.node.segments import Segments
from modelwright.serving.prediction_id import parse_id
from modelwright.serving.service import attributions, deployments, ledger, nodes, predictions
from modelwright.serving.service.attributions import AttributionAsked
from modelwright.serving.shown import Prediction
from modelwright.serving.streams import find_row
from tests.serving.house import ANN, deployed, stocked
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, LABELS, ROWS, double_columns, linear_onnx, write_onnx, write_sklearn

FEW = [0, 7, 20, 22]
ASKED = AttributionAsked(output="", rows=20, seed=3)
FOREST = RandomForestClassifier(8, max_depth=4, random_state=1).fit(ROWS[:, FEW], LABELS)
TREES = RandomForestClassifier(20, max_depth=6, random_state=1).fit(ROWS, LABELS)
LINE = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)
Answered = tuple[LiveNode, list[tuple[Segment, bytes]], dict[str, list[str]]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answered]:
    """A node with a sum of thirty columns and a forest on four, in a process of its own, and what both were asked."""
    folder = tmp_path_factory.mktemp("attributed")
    shelf = Shelf()
    sink = Segments(folder / "segments", node="test", key=b"k")
    node = LiveNode(folder / "node", shelf, sinks=[sink])
    wide = write_onnx(folder / "sum", linear_onnx(1.0))
    few = write_sklearn(folder / "forest", FOREST, double_columns([FEATURES[i] for i in FEW]))
    forest = shelf.route(few, "fraud", 18, id=route_id(18), isolation=Isolation.WORKER, engine=Engine.NATIVE)
    trees = shelf.route(write_sklearn(folder / "trees", TREES), "fraud", 19, id=route_id(19))
    line = shelf.route(write_sklearn(folder / "line", LINE), "fraud", 20, id=route_id(20))
    node.serve_all(wide=shelf.route(wide, "fraud", 17, id=route_id(17)), forest=forest, trees=trees, line=line)
    ids: dict[str, list[str]] = {}
    every = list(range(len(FEATURES)))
    for name, columns in (("wide", every), ("forest", FEW), ("trees", every), ("line", every)):
        rows = [{FEATURES[i]: row[i] for i in columns} for row in ROWS[:30].tolist()]
        answers = [node.http.post(f"/deployments/{name}/predict", json={"row": row}) for row in rows]
        ids[name] = [answer.json()["prediction"] for answer in answers]
    node.node.ring.flush()
    node.node.ring.close()
    sink.close()
    segments: list[tuple[Segment, bytes]] = []
    sink.ship(lambda about, body: segments.append((about, body)))
    yield node, segments, ids
    node.close()


def route_id(number: int) -> str:
    digest = f"sha256:{number:064x}"
    return f"fraud-{number}-{digest.removeprefix('sha256:')[:8]}"


@pytest.fixture
def house(db: Database, answered: Answered, tmp_path: Path) -> tuple[Answered, Blobs]:
    """The two deployments in the database, the ledger's rows, and the node's report."""
    node, segments, _ = answered
    deployed(db, "fraud:17", "wide")
    deployed(db, "fraud:18", "forest")
    deployed(db, "fraud:19", "trees")
    deployed(db, "fraud:20", "line")
    blobs = stocked(db, segments, tmp_path)
    reported(db, node)
    return answered, blobs


def reported(db: Database, node: LiveNode) -> None:
    """The node is there, as of now."""
    said = msgspec.structs.replace(node.node.report(), address=node.url, windows=())
    db.write_now(lambda tx: nodes.report(tx, ANN, said))


def prediction(db: Database, blobs: Blobs, id_: str) -> Prediction:
    parsed = parse_id(id_)
    segments = db.read_now(lambda tx: predictions.segments_of(tx, parsed))
    segment, row = predictions.find(
        segments, parsed, lambda one, name, place: find_row(b"".join(blobs.read(one.digest)), name, place)
    )
    return db.read_now(lambda tx: predictions.explained(tx, segment, row))


def attributed(db: Database, blobs: Blobs, found: Prediction, asked: AttributionAsked = ASKED) -> Attribution:
    needed = db.read_now(lambda tx: attributions.needed(tx, found))
    return attribute(found, needed, asked, ledger=blobs, read=lambda _: b"")


def test_a_sum_is_due_to_its_terms_exactly(db: Database, house: tuple[Answered, Blobs]) -> None:
    """Thirty features, so orders are sampled; what they add does not hang on the order, and no error is left."""
    (_, _, ids), blobs = house
    made = attributed(db, blobs, prediction(db, blobs, ids["wide"][25]))
    before = ROWS[:25]

    assert (Method.PERMUTATION, Source.LEDGER, 20) == (made.method, made.background_from, made.background_rows)
    assert pytest.approx(ROWS[25].sum()) == made.answer
    assert pytest.approx(made.answer) == made.base + math.fsum(one.attribution for one in made.features)
    assert sorted(FEATURES) == sorted(one.feature for one in made.features)
    assert max(one.error for one in made.features) < 1e-6
    sizes = [abs(one.attribution) for one in made.features]
    assert sorted(sizes, reverse=True) == sizes
    for one in made.features:
        column = FEATURES.index(one.feature)
        assert one.value == ROWS[25, column]
        low, high = before[:, column].min(), before[:, column].max()
        assert one.value - high - 1e-6 <= one.attribution <= one.value - low + 1e-6


def test_an_early_prediction_is_held_against_the_first_rows_and_stays_so(
    db: Database, house: tuple[Answered, Blobs]
) -> None:
    """With too few before it and no example: the route's first rows, whatever comes later."""
    (_, _, ids), blobs = house
    asked = AttributionAsked(output="", rows=4, seed=3)
    found = prediction(db, blobs, ids["wide"][2])
    first = [prediction(db, blobs, ids["wide"][place]).inputs for place in (0, 1, 3, 4)]
    made = attributed(db, blobs, found, asked)

    assert (digest_of(first), 4, Source.LEDGER) == (made.background, made.background_rows, made.background_from)


def test_a_forest_in_another_process_is_explained_as_by_definition(db: Database, house: tuple[Answered, Blobs]) -> None:
    """The probability of the class that it gave, over all orders of its four features, computed here by hand."""
    (_, _, ids), blobs = house
    made = attributed(
        db, blobs, prediction(db, blobs, ids["forest"][20]), AttributionAsked(output="", rows=100, seed=0)
    )
    x, background = ROWS[20, FEW], ROWS[:20][:, FEW]
    label = int(FOREST.predict(x[None])[0])

    def worth(mine: tuple[int, ...]) -> float:
        rows = background.copy()
        rows[:, list(mine)] = x[list(mine)]
        return float(FOREST.predict_proba(rows)[:, label].mean())

    by_hand = np.zeros(4)
    for order in permutations(range(4)):
        for place, feature in enumerate(order):
            by_hand[feature] += (worth(order[: place + 1]) - worth(order[:place])) / 24

    assert (Method.EXACT, 20) == (made.method, made.background_rows)
    assert made.output.endswith(f"[{label}]")
    assert pytest.approx(worth(())) == made.base
    assert pytest.approx({FEATURES[i]: value for i, value in zip(FEW, by_hand, strict=True)}) == {
        one.feature: one.attribution for one in made.features
    }


def reads_with(front: Front, read: insides.Read | None) -> None:
    """The same endpoints, set up anew."""
    front.read_inside = read
    endpoints = front.endpoints
    front.replace({}, frozenset())
    front.replace(endpoints, frozenset(endpoints))


def test_forest_of_many_features_is_read_from_its_trees(db: Database, house: tuple[Answered, Blobs]) -> None:
    """Served as ONNX or not, its trees say exactly what samples of orders say within their errors."""
    (node, _, ids), blobs = house
    found = prediction(db, blobs, ids["trees"][25])
    made = attributed(db, blobs, found)
    label = int(TREES.predict(ROWS[25:26])[0])

    assert (Method.TREES, f"predict_proba[{label}]", 0.0) == (
        made.method,
        made.output,
        max(one.error for one in made.features),
    )
    assert pytest.approx(TREES.predict_proba(ROWS[25:26])[0, label]) == made.answer
    assert pytest.approx(made.answer, abs=1e-6) == made.base + math.fsum(one.attribution for one in made.features)

    read = node.node.front.read_inside
    reads_with(node.node.front, None)
    try:
        reported(db, node)
        sampled = attributed(db, blobs, found)
    finally:
        reads_with(node.node.front, read)
    assert Method.PERMUTATION == sampled.method
    assert made.background == sampled.background
    assert pytest.approx(made.base, abs=1e-6) == sampled.base
    exact = {one.feature: one.attribution for one in made.features}
    for one in sampled.features:
        # Samples that never saw a rare split know nothing of it, nor of their error about it.
        assert abs(one.attribution - exact[one.feature]) < 5 * one.error + 1e-3


def test_margin_of_a_line_is_made_of_its_weights(db: Database, house: tuple[Answered, Blobs]) -> None:
    """What is summed up before it becomes a probability can be asked for, and is exact."""
    (_, _, ids), blobs = house
    asked = AttributionAsked(output="margin", rows=20, seed=3)
    made = attributed(db, blobs, prediction(db, blobs, ids["line"][25]), asked)

    assert (Method.LINEAR, "margin") == (made.method, made.output)
    assert pytest.approx(LINE.decision_function(ROWS[25:26])[0]) == made.answer
    assert pytest.approx(made.answer) == made.base + math.fsum(one.attribution for one in made.features)


def test_margin_of_what_has_none_is_refused(db: Database, house: tuple[Answered, Blobs]) -> None:
    """With the reason, and not with another number instead."""
    (node, _, ids), blobs = house
    for name, why in (("wide", "no library"), ("trees", "has no margin")):
        reported(db, node)
        with pytest.raises(BadInput, match=why):
            attributed(
                db, blobs, prediction(db, blobs, ids[name][25]), AttributionAsked(output="margin", rows=20, seed=3)
            )


def test_insides_are_read_for_the_nodes_server_alone(house: tuple[Answered, Blobs]) -> None:
    """Without its key, nobody has a process started."""
    (node, _, _), _ = house
    path = "/deployments/trees/versions/19/shares"
    for headers in ({}, {"modelwright-key": "0" * 64}):
        assert 403 == node.http.post(path, json={"columns": {}, "output": "predict"}, headers=headers).status_code


def test_what_was_computed_is_found_again_and_goes_with_its_prediction(
    db: Database, house: tuple[Answered, Blobs]
) -> None:
    """By what was asked; when the ledger forgets the prediction, it is gone too."""
    (_, _, ids), blobs = house
    found = prediction(db, blobs, ids["wide"][25])
    made, again = attributed(db, blobs, found), attributed(db, blobs, found)
    db.write_now(lambda tx: attributions.keep(tx, found, ASKED, made))
    db.write_now(lambda tx: attributions.keep(tx, found, ASKED, again))
    other = AttributionAsked(output="", rows=20, seed=4)
    kept = [db.read_now(lambda tx, one=one: attributions.kept(tx, found, one)) for one in (ASKED, other)]  # type: ignore[misc]  # bound
    keeping = msgspec.structs.replace(found_logging(db), keep_days=1)
    db.write_now(lambda tx: ledger.set_logging(tx, ANN, "wide", keeping))
    db.write_now(lambda tx: ledger.expire(tx, "wide", at_ms=found.at_ms + 2 * ledger.DAY_MS))

    assert msgspec.structs.replace(made, computed_ms=0) == msgspec.structs.replace(again, computed_ms=0)
    assert [made, None] == kept
    assert db.read_now(lambda tx: attributions.kept(tx, found, ASKED)) is None


def found_logging(db: Database) -> Any:
    return db.read_now(lambda tx: deployments.show(tx, "wide")).logging


def test_what_cannot_be_explained_is_refused_in_words(db: Database, house: tuple[Answered, Blobs]) -> None:
    """Another output, a hidden column, a version that nobody has loaded."""
    (_, _, ids), blobs = house
    found = prediction(db, blobs, ids["wide"][25])
    hidden = msgspec.structs.replace(found, hidden=(FEATURES[0],))
    gone = msgspec.structs.replace(found, manifest="sha256:0", version=VersionRef(model="fraud", number=99))

    with pytest.raises(BadInput, match="'price' is no number of the answer; there are"):
        attributed(db, blobs, found, AttributionAsked(output="price", rows=5, seed=0))
    with pytest.raises(Conflict, match=FEATURES[0]):
        attributed(db, blobs, hidden)
    with pytest.raises(Unavailable, match="no node has fraud:99 loaded now"):
        attributed(db, blobs, gone)
    with pytest.raises(NotFound):
        prediction(db, blobs, "0" * 32)


def test_nothing_to_hold_against_is_a_no(db: Database, house: tuple[Answered, Blobs]) -> None:
    """A lone prediction of a version without an example."""
    (_, _, ids), blobs = house
    found = prediction(db, blobs, ids["wide"][25])
    needed = msgspec.structs.replace(db.read_now(lambda tx: attributions.needed(tx, found)), segments=[])
    with pytest.raises(Conflict, match="nothing to hold"):
        attribute(found, needed, ASKED, ledger=blobs, read=lambda _: b"")


def test_an_early_prediction_is_held_against_all_rows_of_the_example(
    db: Database, house: tuple[Answered, Blobs]
) -> None:
    """Of a version that keeps one: all that are like the prediction's, and as many as were asked for."""
    (_, _, ids), blobs = house
    found = prediction(db, blobs, ids["wide"][2])
    needed = db.read_now(lambda tx: attributions.needed(tx, found))
    kept = [{**found.inputs, FEATURES[0]: float(place)} for place in range(4)]
    split = {"columns": FEATURES, "data": [[row[name] for name in FEATURES] for row in kept]}
    bodies = {
        "MLmodel": b"saved_input_example_info: {artifact_path: input_example.json}",
        "input_example.json": msgspec.json.encode(split),
    }
    files = tuple(FileRef(path=path, digest=path, size_bytes=len(body)) for path, body in bodies.items())
    route = Route(id=found.route, version=found.version, manifest=found.manifest, files=files, share=1.0)
    needed = msgspec.structs.replace(needed, route=route)

    made = attribute(found, needed, ASKED, ledger=blobs, read=bodies.__getitem__)
    fewer = attribute(found, needed, msgspec.structs.replace(ASKED, rows=2), ledger=blobs, read=bodies.__getitem__)
    assert (digest_of(kept), 4, Source.EXAMPLE) == (made.background, made.background_rows, made.background_from)
    assert 2 == fewer.background_rows


def test_rows_are_mixed_feature_by_feature() -> None:
    """A list is as many features as it has values; neither row is changed."""
    row, other = {"a": 1, "t": [1.0, 2.0], "s": "x"}, {"a": 9, "t": [8.0, 7.0], "s": "y"}
    features = features_of(row)

    assert [Feature("a"), Feature("t", 0), Feature("t", 1), Feature("s")] == features
    assert {"a": 9, "t": [8.0, 2.0], "s": "x"} == mixed(row, other, features, 0b1100)
    assert (other, row) == (mixed(row, other, features, 0), mixed(row, other, features, 0b1111))
    assert {"a": 9, "t": [8.0, 7.0], "s": "y"} == other
    assert not alike(row, {"a": 1, "t": [1.0], "s": "x"})
    with pytest.raises(BadInput, match="the row has 501 features"):
        features_of({"image": [0.0] * 501})


@pytest.mark.parametrize(
    ("answer", "asked", "output"),
    [
        ({"label": 1, "probabilities": [0.2, 0.8]}, "", "probabilities[1]"),
        ({"label": "yes", "probabilities": {"no": 0.9, "yes": 0.1}}, "", "probabilities[no]"),
        ({"predict": 3.5}, "", "predict"),
        ({"label": 1}, "", "label"),
        ({"predict": [0.5]}, "", "predict"),
        ({"label": 1, "probabilities": [0.2, 0.8]}, "probabilities[0]", "probabilities[0]"),
    ],
)
def test_the_number_to_explain_is_the_one_meant(answer: dict[str, Any], asked: str, output: str) -> None:
    """The probability of the class that was given, else the first number; or the one that was asked for."""
    assert output == explained_output(answer, asked)
    assert output in numbers_of(answer)


def test_an_answer_in_words_is_not_explained() -> None:
    """There is no half of a word."""
    with pytest.raises(BadInput, match="no output of the answer is a number"):
        explained_output({"label": "yes"}, "")


@pytest.mark.parametrize("features", [1, 4, 10, 11, 30, 500])
def test_a_model_is_asked_about_as_much_whatever_its_features(features: int) -> None:
    """The background shrinks before the work grows."""
    rows = most_backgrounds(features)
    each = 2**features if features <= 10 else 2 * pairs_for(features, rows) * (features - 1)

    assert 1 <= rows
    assert rows * each <= ROWS_ASKED
