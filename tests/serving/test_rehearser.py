"""Stored rows are asked of a candidate on a real node before anybody gets its answers."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from modelwright.artifacts.blobs import Blobs
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.db.tx import ReadTx
from modelwright.core.errors import Conflict, NotFound
from modelwright.serving import rehearsing
from modelwright.serving.model import Made, Mode, NodeReport, RouteReport, RouteStatus, Segment, VersionRef
from modelwright.serving.node.segments import Segments
from modelwright.serving.rehearser import Rehearser
from modelwright.serving.rollouts import machine
from modelwright.serving.rollouts.machine import Phase, Rollout
from modelwright.serving.rollouts.replay import Progress
from modelwright.serving.service import deployments, ledger, nodes, predictions, rehearsals, rollouts
from modelwright.serving.shown import Deployment, RolloutShown, RouteAsked, RoutesAsked
from modelwright.serving.store import nodes as node_store
from modelwright.serving.stored import moment, newest
from modelwright.serving.streams import find_row
from tests.serving.house import ANN, VERSIONS, add_segment, deployed, rolling, stocked
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, ROWS, linear_onnx, write_onnx

STORED = 300
GUARDS = ("disagreement < 5%", "error_rate < 5%")
NARROW = [{"type": "double", "name": "another", "required": True}]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveNode, list[tuple[Segment, bytes]]]]:
    """A node with 17 (what answers), 18 (equal), 19 (another model) and 20 (takes other columns); 17's ledger."""
    folder = tmp_path_factory.mktemp("replayed")
    shelf = Shelf()
    sink = Segments(folder / "segments", node="test", key=b"k")
    node = LiveNode(folder / "node", shelf, sinks=[sink])
    versions = VERSIONS
    routes = []
    for number, weight, columns in ((17, 1.0, None), (18, 1.0, None), (19, 2.0, None), (20, 1.0, NARROW)):
        model = write_onnx(folder / str(number), linear_onnx(weight), columns)
        ref = VersionRef(model="fraud", number=number)
        found = msgspec.structs.replace(versions.find(None, f"fraud:{number}"), ref=ref)  # type: ignore[arg-type]  # asks nobody
        id_ = deployments.route_of(found, share=0.0, mode=Mode.LIVE).id
        live = number == 17
        mode = Mode.LIVE if live else Mode.SHADOW
        routes.append(shelf.route(model, "fraud", number, id=id_, share=float(live), mode=mode))
    node.serve(*routes, name="fraud-api")
    for start in range(0, STORED, 100):
        rows = [dict(zip(FEATURES, row, strict=True)) for row in ROWS[start : start + 100].tolist()]
        assert node.http.post("/deployments/fraud-api/predict", json={"rows": rows}).is_success
    node.node.ring.flush()
    node.node.ring.close()
    sink.close()
    segments: list[tuple[Segment, bytes]] = []
    sink.ship(lambda about, body: segments.append((about, body)))
    yield node, segments
    node.close()


@pytest.fixture
def stored(
    db: Database, kept: tuple[LiveNode, list[tuple[Segment, bytes]]], tmp_path: Path
) -> tuple[Deployment, Blobs]:
    """fraud-api with fraud:17 in the database, the ledger's rows, and the node's own report."""
    node, segments = kept
    deployment = deployed(db)
    blobs = stocked(db, segments, tmp_path)
    report(db, node)
    return deployment, blobs


def report(db: Database, node: LiveNode) -> None:
    said = node.node.report()
    assert all(one.status is RouteStatus.READY for one in said.routes)
    db.write_now(lambda tx: nodes.report(tx, ANN, msgspec.structs.replace(said, address=node.url, windows=())))


def shown(db: Database, begun: RolloutShown) -> Rollout:
    return db.read_now(lambda tx: rollouts.show(tx, begun.id)).state


def replay_whole(db: Database, blobs: Blobs) -> None:
    """As the thread does, until there is nothing left to do."""
    rehearser = Rehearser(db, blobs)
    while rehearser.look():
        pass


def shares(db: Database) -> dict[str, tuple[float, str]]:
    routes = db.read_now(lambda tx: deployments.show(tx, "fraud-api")).routes
    return {str(route.version): (route.share, route.mode.value) for route in routes}


def test_an_equal_candidate_passes_and_only_then_answers(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """Until all rows are asked it is loaded and gets nothing; then the guard is kept and the first step begins."""
    begun = rolling(db, guards=GUARDS, replay=1000)
    before = shares(db)
    replay_whole(db, stored[1])
    state = shown(db, begun)

    assert Phase.REPLAY is begun.phase
    assert {"fraud:17": (1.0, "live"), "fraud:18": (0.0, "shadow")} == before
    assert {"fraud:17": (0.95, "live"), "fraud:18": (0.05, "live")} == shares(db)
    assert Phase.STEPPING is state.phase
    assert (STORED, 0, 0, 0) == (
        state.replayed.rows,
        state.replayed.differing,
        state.replayed.failed,
        state.replayed.unusable,
    )
    assert STORED == sum(state.replayed.latency)
    assert f"fraud:18 was asked {STORED} stored rows that fraud:17 had answered: 0 answered differently" in state.reason
    assert 0 == state.evidence.candidate_requests


@pytest.mark.parametrize(("number", "differing", "failing"), [(19, 1, 0), (20, 0, 1)])
def test_a_candidate_that_answers_otherwise_or_not_at_all_is_never_exposed(
    db: Database, stored: tuple[Deployment, Blobs], number: int, differing: int, failing: int
) -> None:
    """It is rolled back from stored rows alone, and its share was never above 0."""
    begun = rolling(db, f"fraud:{number}", guards=GUARDS, replay=1000)
    replay_whole(db, stored[1])
    state = shown(db, begun)

    assert Phase.ROLLED_BACK is state.phase
    assert state.reason.endswith("It has answered nobody")
    assert () == state.shares
    assert state.replayed.rows * differing == state.replayed.differing
    assert state.replayed.rows * failing == state.replayed.failed
    assert 0.0 == shares(db)[f"fraud:{number}"][0]


def test_whoever_goes_on_after_a_kill_asks_each_row_once(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """A part at a time, each by a new server; the events alone lead to the same state."""
    begun = rolling(db, guards=("disagreement < 5%",), replay=STORED - 10)
    parts = 0
    while shown(db, begun).phase is Phase.REPLAY:
        Rehearser(db, stored[1]).look()
        parts += 1
    found = db.read_now(lambda tx: rollouts.show(tx, begun.id))
    lasts = [event.replay.last for event in found.events if isinstance(event, machine.Measured) and event.replay]

    assert parts >= 2
    assert STORED - 10 == found.state.replayed.rows
    assert sorted(set(lasts), reverse=True) == lasts
    assert found.state == machine.replay(list(found.events))


def test_two_servers_at_once_count_a_row_once(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """The part that comes second went on from where nobody is any more; it changes nothing."""
    begun = rolling(db, guards=GUARDS, replay=1000)
    part = Progress(rows=5, last="0" * 32 + ".0")
    db.write_now(lambda tx: rollouts.replayed(tx, begun.id, part, after=""))
    db.write_now(lambda tx: rollouts.replayed(tx, begun.id, part, after=""))

    assert 5 == shown(db, begun).replayed.rows
    assert stored[0].name == begun.deployment


def test_nobody_is_asked_while_no_node_has_the_candidate(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """The rollout waits; time alone holds it at its deadline, still without exposure, and it can be resumed."""
    begun = rolling(db, "fraud:21", guards=GUARDS, replay=1000)
    more = Rehearser(db, stored[1]).look()
    later = now_ms() + 3 * 60 * 60 * 1000
    held = machine.decide(shown(db, begun), now_ms=later)
    state = machine.apply(shown(db, begun), held[0])

    assert not more
    assert 0 == shown(db, begun).replayed.rows
    assert (Phase.HELD, False, True) == (state.phase, state.mirrors, state.hidden)
    assert Phase.REPLAY is machine.apply(state, machine.resume(state, by="ann", at_ms=later)[0]).phase


def test_without_stored_rows_there_is_no_replay(db: Database) -> None:
    """Refused at once, with what to do instead."""
    deployed(db)
    with pytest.raises(Conflict, match="no rows that fraud:17 answered"):
        rolling(db, guards=GUARDS, replay=1000)

    assert {"fraud:17": (1.0, "live")} == shares(db)


def test_rows_with_hidden_columns_are_named_and_not_asked(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """When that is all there is, the rollout holds for a person, who may let it go on without such evidence."""
    _, blobs = stored
    [segment] = db.read_now(lambda tx: ledger.segments(tx, "fraud-api", since_ms=0, until_ms=2**60))
    hidden = msgspec.structs.replace(segment, name="hidden", hidden=(FEATURES[0],))
    db.write_now(lambda tx: ledger.merge(tx, [segment], [Made(hidden, 1)]))
    begun = rolling(db, guards=GUARDS, replay=50)
    replay_whole(db, blobs)
    held = shown(db, begun)
    resumed = db.write_now(lambda tx: rollouts.resume(tx, ANN, begun.id))

    assert (Phase.HELD, 0, 50) == (held.phase, held.replayed.rows, held.replayed.unusable)
    assert "50 more could not be asked, their inputs being hidden" in held.reason
    assert Phase.STEPPING is resumed.phase


def test_asking_off_the_record_needs_the_nodes_key(kept: tuple[LiveNode, list[tuple[Segment, bytes]]]) -> None:
    """No caller can leave the ledger out."""
    node, _ = kept
    url = "/deployments/fraud-api/versions/17/rehearse"
    body = {"columns": {name: [1.0] for name in FEATURES}}
    strange = node.http.post(url, json=body)
    wrong = node.http.post(url, json=body, headers={"modelwright-key": "0" * 64})
    right = node.http.post(url, json=body, headers={"modelwright-key": node.node.report().key})

    assert (403, 403, 200) == (strange.status_code, wrong.status_code, right.status_code)
    assert [{"predict": float(np.ones(len(FEATURES)).sum())}] == right.json()["predictions"]
    assert "modelwright-prediction" not in right.headers


def test_what_a_replay_asks_is_counted_nowhere_else(
    db: Database, kept: tuple[LiveNode, list[tuple[Segment, bytes]]], stored: tuple[Deployment, Blobs]
) -> None:
    """Not as requests of a route, so that no guard and no chart takes it for traffic."""
    node, _ = kept
    rolling(db, guards=GUARDS, replay=20)
    replay_whole(db, stored[1])
    counted = {
        one.route.version.number: one.tally.total().requests for one in node.node.front.endpoints["fraud-api"].routes
    }

    assert {17: STORED // 100, 18: 0, 19: 0, 20: 0} == counted


def test_stored_rows_that_decide_nothing_leave_it_to_a_person(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """Ten rows prove no 5 %: it is said, and nobody is exposed until somebody says so."""
    begun = rolling(db, guards=GUARDS, replay=10)
    replay_whole(db, stored[1])
    held = shown(db, begun)

    assert (Phase.HELD, 0.0) == (held.phase, held.share)
    assert "neither proves nor refutes 'disagreement < 5%' (0.00 % of 10 differed)" in held.reason
    assert {"fraud:17": (1.0, "live"), "fraud:18": (0.0, "shadow")} == shares(db)


def test_after_the_replay_copies_are_shown_if_the_plan_says_so(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """Each phase exposes more than the one before."""
    begun = rolling(db, guards=GUARDS, replay=10, shadow="10m")
    replay_whole(db, stored[1])

    assert Phase.SHADOW is shown(db, begun).phase
    assert {"fraud:17": (1.0, "live"), "fraud:18": (1.0, "shadow")} == shares(db)


def test_a_version_with_a_route_is_replayed_without_a_rollout(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """A report: how many rows are equal, how far apart the others are, how long it took; nothing moves."""
    _, blobs = stored
    routes = tuple(RouteAsked(version=f"fraud:{number}", share=float(number == 17)) for number in (17, 19))
    db.write_now(lambda tx: deployments.set_routes(tx, ANN, VERSIONS, "fraud-api", RoutesAsked(routes=routes)))
    cast = db.read_now(lambda tx: rehearsals.cast(tx, VERSIONS, "fraud-api", "fraud:19"))
    found = rehearsing.replay(blobs, cast, 40)
    same = rehearsing.replay(blobs, db.read_now(lambda tx: rehearsals.cast(tx, VERSIONS, "fraud-api", "fraud:17")), 40)
    newest_sum = float(ROWS[STORED - 40 : STORED].sum(axis=1).max())

    assert (40, 40, 0, 40) == (found.seen.rows, found.seen.differing, found.seen.failed, sum(found.seen.latency))
    assert pytest.approx(newest_sum) == dict(found.seen.largest)["predict"]
    assert (40, 0) == (same.seen.rows, same.seen.differing)
    with pytest.raises(NotFound, match="route set fraud-api fraud:17=100% fraud:18=0%"):
        db.read_now(lambda tx: rehearsals.cast(tx, VERSIONS, "fraud-api", "fraud:18"))


def test_rows_that_cannot_be_read_end_no_other_replay(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """A segment whose bytes are gone: its rollout waits, the next one goes on."""
    deployed(db, name="aaa")
    [segment] = db.read_now(lambda tx: ledger.segments(tx, "fraud-api", since_ms=0, until_ms=2**60))
    lost = msgspec.structs.replace(segment, name="lost", deployment="aaa", digest="sha256:" + "0" * 64)
    add_segment(db, lost, 1)
    waiting = rolling(db, name="aaa", guards=GUARDS, replay=10)
    begun = rolling(db, guards=GUARDS, replay=10)
    ready = tuple(
        RouteReport(
            deployment=one.deployment,
            route=one.state.plan.candidate,
            version=VersionRef(model="fraud", number=18),
            manifest="",
            status=RouteStatus.READY,
        )
        for one in (waiting, begun)
    )
    node = db.read_now(nodes_reported)
    db.write_now(lambda tx: nodes.report(tx, ANN, msgspec.structs.replace(node, routes=ready)))
    replay_whole(db, stored[1])

    assert Phase.REPLAY is shown(db, waiting).phase
    assert 10 == shown(db, begun).replayed.rows


def nodes_reported(tx: ReadTx) -> NodeReport:
    found = node_store.find(tx, "test")
    assert found is not None
    return found.report


def test_a_row_that_ends_one_node_after_the_other_has_failed(
    db: Database,
    stored: tuple[Deployment, Blobs],
) -> None:
    """Nothing answers at the third process either: the row counts as one that the candidate cannot answer."""
    begun = rolling(db, guards=GUARDS, replay=10)
    rehearser = Rehearser(db, stored[1])
    said = db.read_now(nodes_reported)
    for number in range(3):
        gone = msgspec.structs.replace(said, address="http://127.0.0.1:1", key=f"process {number}")
        db.write_now(lambda tx, gone=gone: nodes.report(tx, ANN, gone))  # type: ignore[misc]  # bound at once
        assert not rehearser.look()
        assert 0 == shown(db, begun).replayed.rows
    rehearser.look()
    state = shown(db, begun)

    assert (1, 1) == (state.replayed.rows, state.replayed.failed)
    assert "3 processes of nodes ended" in state.replayed.failure


def test_one_prediction_is_replayed_off_the_record(db: Database, stored: tuple[Deployment, Blobs]) -> None:
    """By whoever has those very bytes loaded; the same version says the same."""
    [segment] = db.read_now(lambda tx: ledger.segments(tx, "fraud-api", since_ms=0, until_ms=2**60))
    row = next(newest(stored[1], [segment], moment(now_ms() + 1000)))
    full = find_row(b"".join(stored[1].read(segment.digest)), row.place.prediction, row.place.position)
    assert full is not None
    found = db.read_now(lambda tx: predictions.explained(tx, segment, full))
    seat = db.read_now(lambda tx: rehearsals.seat_of(tx, found.manifest, found.version))
    other = msgspec.structs.replace(found, outputs={"predict": -1.0})

    assert rehearsing.again(found, seat).equal
    assert pytest.approx(found.outputs["predict"] + 1) == rehearsing.again(other, seat).differences["predict"]
