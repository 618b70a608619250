"""Serving over the wire: what people ask, what nodes ask, and what both are told when it cannot be."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from modelwright.artifacts.backends import open_blobs
from modelwright.core.clock import now_ms
from modelwright.core.db.database import Database
from modelwright.core.settings import Settings
from modelwright.serving.batch.parquet import merged
from modelwright.serving.keeping import compact
from modelwright.serving.model import DesiredState, Durability, Logging, NodeReport, Segment, WindowCounts
from modelwright.serving.node.ledger import Origin, ScoredBatch
from modelwright.serving.node.segments import Segments
from modelwright.serving.shown import Deployment, LedgerShown, PackageShown, Prediction, RolloutShown
from tests.asking import Ask, application
from tests.registry.house import new_model, new_run, new_version

MLMODEL = b"flavors: {}\n"


@pytest.fixture
def house(tmp_path: Path, migrated_sqlite: Path) -> Iterator[tuple[Ask, Database]]:
    """A server with fraud:1 and fraud:2, whose MLmodel files are among the blobs."""
    (tmp_path / "home").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "home" / "modelwright.db")
    with application(tmp_path / "home") as (ask, db):
        new_model(db)
        for said in (MLMODEL, MLMODEL + b"#2\n"):
            run_id = new_run(db, files={"model/MLmodel": said, "model/model.pkl": b"weights"})
            new_version(db, source=f"runs:/{run_id}/model", run_id=run_id)
            spool = open_blobs(Settings(home=str(tmp_path / "home")).artifacts_url, tmp_path).spool()
            spool.write(said)
            spool.place()
            spool.close()
        yield ask, db


def deploy(ask: Ask, version: str = "fraud:1", **more: object) -> Deployment:
    answer = ask("POST", "/api/v1/deployments", json={"name": "fraud-api", "version": version, **more})
    assert 201 == answer.status_code, answer.text
    return msgspec.json.decode(answer.content, type=Deployment)


def desired(ask: Ask, after: int = -1) -> DesiredState:
    answer = ask("GET", "/api/v1/nodes/local/desired", params={"after": after})
    assert 200 == answer.status_code, answer.text
    return msgspec.json.decode(answer.content, type=DesiredState)


def report(ask: Ask, *windows: WindowCounts) -> None:
    said = NodeReport(
        node="local", sent_ms=1, started_ms=1, software="0", revision=1, windows=windows, address="http://n:1"
    )
    answer = ask("POST", "/api/v1/nodes/local/reports", content=msgspec.json.encode(said))
    assert 204 == answer.status_code, answer.text


def test_a_deployment_reaches_nodes_with_its_files(house: tuple[Ask, Database]) -> None:
    """A node is told of the route, gets the bytes by digest, and nothing that no deployment needs."""
    ask, _ = house
    made = deploy(ask)
    state = desired(ask)
    [route] = state.deployments[0].routes
    [mlmodel] = [file for file in route.files if file.path == "MLmodel"]

    same = ask("GET", "/api/v1/nodes/local/desired", params={"after": state.revision})
    body = ask("GET", f"/api/v1/nodes/local/blobs/{mlmodel.digest}")
    strange = ask("GET", f"/api/v1/nodes/local/blobs/sha256:{'0' * 64}")

    assert made.routes[0].id == route.id
    assert f"sha256:{hashlib.sha256(MLMODEL).hexdigest()}" == mlmodel.digest
    assert (204, 200, MLMODEL, 404) == (same.status_code, body.status_code, body.content, strange.status_code)


def test_an_alias_is_resolved_when_it_is_deployed(house: tuple[Ask, Database]) -> None:
    """`fraud@latest` is the version that it names now."""
    ask, _ = house

    assert "fraud:2" == str(deploy(ask, "fraud@latest").routes[0].version)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ({"name": "x", "version": "fraud"}, 400, "write such as fraud:17"),
        ({"name": "x", "version": "fraud:9"}, 404, "fraud"),
        ({"name": "x", "version": "ghost:1"}, 404, "ghost"),
        ({"name": "a b", "version": "fraud:1"}, 400, "name"),
        ({"name": "x", "version": "fraud:1", "speed": 9}, 400, "speed"),
        ({"name": "x", "version": "fraud:1", "settings": {"engine": "coal"}}, 400, "coal"),
    ],
)
def test_a_deployment_that_cannot_be_is_refused_in_words(
    house: tuple[Ask, Database], asked: dict[str, object], status: int, part: str
) -> None:
    """The answer names what was wrong; nothing is made."""
    ask, _ = house
    answer = ask("POST", "/api/v1/deployments", json=asked)

    assert status == answer.status_code
    assert part in answer.json()["message"]
    assert [] == ask("GET", "/api/v1/deployments").json()["deployments"]


def test_a_rollout_lives_and_ends_over_the_wire(house: tuple[Ask, Database]) -> None:
    """Started, seen, fed by a report, rolled back by it; its timeline is there afterwards."""
    ask, _ = house
    deploy(ask)
    asked = {"version": "fraud:2", "guards": ["error_rate not worse"]}
    started = ask("POST", "/api/v1/deployments/fraud-api/rollouts", json=asked)
    begun = msgspec.json.decode(started.content, type=RolloutShown)
    plan = begun.state.plan
    window = (now_ms() // 10_000 + 1) * 10_000
    report(
        ask,
        WindowCounts(deployment="fraud-api", route=plan.control, window_ms=window, requests=900, latency_sum_ms=90.0),
        WindowCounts(deployment="fraud-api", route=plan.candidate, window_ms=window, requests=50, errors=50),
    )

    shown = msgspec.json.decode(ask("GET", f"/api/v1/rollouts/{begun.id}").content, type=RolloutShown)
    order = ask("POST", f"/api/v1/rollouts/{begun.id}/promote", json={})
    windows = ask("GET", "/api/v1/deployments/fraud-api/timeline").json()["windows"]

    assert (201, "rolled_back") == (started.status_code, shown.phase.value)
    assert 409 == order.status_code
    assert {plan.control: 900, plan.candidate: 50} == {one["route"]: one["requests"] for one in windows}
    assert 1 == len(ask("GET", "/api/v1/deployments/fraud-api/rollouts").json()["items"])


def test_a_prediction_is_explained_from_a_shipped_segment(house: tuple[Ask, Database], tmp_path: Path) -> None:
    """A node's segment arrives, twice; the id leads to inputs, outputs, version and the rollout of that moment.

    Once it is Parquet, it leads to the same.
    """
    ask, db = house
    deploy(ask)
    ask("POST", "/api/v1/deployments/fraud-api/rollouts", json={"version": "fraud:2"})
    at_ms = now_ms()
    prediction = f"{at_ms:012x}{7:020x}"
    batch = ScoredBatch(
        origin=Origin(
            deployment="fraud-api",
            workspace="default",
            route="r",
            model="fraud",
            version=1,
            manifest="sha256:" + "0" * 64,
            engine="onnx",
            logging=Logging(share=0.5),
        ),
        inputs={"amount": np.array([1.5, 2.5])},
        outputs={"label": np.array([0, 1])},
        predictions=[prediction, prediction],
        position=np.array([0, 1]),
        at_ms=np.array([at_ms, at_ms]),
        latency_ms=np.array([1.0, 1.0]),
        caller=["", ""],
        columns=(),
    )
    ledger = Segments(tmp_path / "ledger", node="local", key=b"k")
    ledger.write(batch)
    ledger.close()

    def send(segment: Segment, body: bytes) -> None:
        for _ in range(2):
            about = msgspec.json.encode(segment).decode()
            answer = ask("POST", "/api/v1/nodes/local/segments", params={"about": about}, content=body)
            assert 204 == answer.status_code, answer.text

    ledger.ship(send)
    answer = ask("GET", f"/api/v1/predictions/{prediction}.1")
    found = msgspec.json.decode(answer.content, type=Prediction)
    missing = ask("GET", f"/api/v1/predictions/{prediction}.2")
    listed = ask("GET", "/api/v1/deployments/fraud-api/predictions").json()
    of_nobody = ask("GET", "/api/v1/deployments/fraud-api/predictions", params={"caller": "ann"})
    of_nothing = ask("GET", "/api/v1/deployments/none/predictions")
    odd = ask("GET", "/api/v1/predictions/nonsense")
    blobs = open_blobs(f"{Settings(home=str(tmp_path / 'home')).artifacts_url}-ledger", tmp_path)
    compact(db, lambda segments: list(merged(segments, blobs)), "fraud-api", before_ms=at_ms + 1)
    [segment] = ask("GET", "/api/v1/deployments/fraud-api/segments").json()["segments"]
    long_kept = ask("GET", f"/api/v1/predictions/{prediction}.1")
    file = ask("GET", f"/api/v1/segments/{segment['name']}")

    assert ({"amount": 2.5}, {"label": 1}, "fraud:1", 0.5) == (
        found.inputs,
        found.outputs,
        str(found.version),
        found.share,
    )
    assert found.rollout is not None
    assert "fraud:2" == found.rollout.candidate
    assert found.provenance is not None
    assert found.provenance.run is not None
    assert (False, ()) == (found.provenance.same_bytes, found.provenance.aliases)
    assert {0.95, 0.05} == set(found.provenance.shares.values())
    assert (404, 400) == (missing.status_code, odd.status_code)
    assert missing.json()["facts"]["on_its_way"]
    assert [(prediction, 1), (prediction, 0)] == [(row["prediction"], row["position"]) for row in listed["items"]]
    assert ([], 404) == (of_nobody.json()["items"], of_nothing.status_code)
    assert ("parquet", b"PAR1", answer.json()) == (segment["form"], file.content[:4], long_kept.json())


def test_what_the_ledger_keeps_is_changed_over_the_wire(house: tuple[Ask, Database]) -> None:
    """Nodes hear of it with the next desired state; nonsense is refused."""
    ask, _ = house
    deploy(ask)
    path = "/api/v1/deployments/fraud-api/ledger"
    set_ = ask("PUT", path, json={"share": 0.25, "keep_days": 90, "durability": "logged", "hashed": ["iban"]})
    refused = [ask("PUT", path, json=one).status_code for one in ({"share": 2}, {"keep_days": 0})]
    shown = msgspec.json.decode(ask("GET", path).content, type=LedgerShown)

    wanted = Logging(share=0.25, keep_days=90, durability=Durability.LOGGED, hashed=("iban",))
    assert (200, [400, 400]) == (set_.status_code, refused)
    assert (wanted, 0, None) == (shown.logging, shown.rows, shown.first_ms)
    assert wanted == desired(ask).deployments[0].logging


def test_a_damaged_segment_is_refused(house: tuple[Ask, Database]) -> None:
    """Its digest must be that of its bytes, and it must be of the node that brings it."""
    ask, _ = house
    segment = Segment(
        name="s",
        node="local",
        workspace="default",
        deployment="fraud-api",
        route="r",
        model="fraud",
        version=1,
        manifest="m",
        engine="e",
        share=1.0,
        first_ms=1,
        last_ms=2,
        rows=1,
        digest="sha256:" + "0" * 64,
    )
    about = {"about": msgspec.json.encode(segment).decode()}

    torn = ask("POST", "/api/v1/nodes/local/segments", params=about, content=b"x")
    foreign = ask("POST", "/api/v1/nodes/other/segments", params=about, content=b"x")

    assert (400, 400) == (torn.status_code, foreign.status_code)
    assert "send it again" in torn.json()["message"]


def test_a_served_version_is_not_deleted_from_the_registry(house: tuple[Ask, Database]) -> None:
    """What answers callers must stay; the refusal names the deployment."""
    ask, _ = house
    deploy(ask)
    body = {"name": "fraud", "version": "1"}
    refused = ask("DELETE", "/api/2.0/mlflow/model-versions/delete", json=body)

    assert 400 <= refused.status_code < 500
    assert "deployments/fraud-api" in refused.text


def test_a_package_is_given_out_by_digest(house: tuple[Ask, Database]) -> None:
    """Batch scoring asks what a version consists of, and fetches just that."""
    ask, _ = house
    shown = msgspec.json.decode(
        ask("GET", "/api/v1/packages", params={"version": "fraud:1"}).content, type=PackageShown
    )
    [mlmodel] = [file for file in shown.files if file.path == "MLmodel"]

    body = ask("GET", f"/api/v1/packages/files/{mlmodel.digest}", params={"version": "fraud:1"})
    other = ask("GET", f"/api/v1/packages/files/{mlmodel.digest}", params={"version": "fraud:2"})

    assert (MLMODEL, 404) == (body.content, other.status_code)


def test_routes_and_stop_over_the_wire(house: tuple[Ask, Database]) -> None:
    """Two versions share the traffic; stopping takes the deployment from the nodes, resuming gives it back."""
    ask, _ = house
    deploy(ask)
    routes = [{"version": "fraud:1", "share": 0.5}, {"version": "fraud:2", "share": 0.5}]
    set_ = ask("PUT", "/api/v1/deployments/fraud-api/routes", json={"routes": routes})
    ask("POST", "/api/v1/deployments/fraud-api/stop")
    stopped = desired(ask)
    ask("POST", "/api/v1/deployments/fraud-api/resume")
    report(ask)

    assert 200 == set_.status_code, set_.text
    assert () == stopped.deployments
    assert [0.5, 0.5] == [route.share for route in desired(ask).deployments[0].routes]
    assert "local" == ask("GET", "/api/v1/nodes/local").json()["name"]
    assert 1 == len(ask("GET", "/api/v1/nodes").json()["nodes"])
    assert 404 == ask("GET", "/api/v1/nodes/ghost").status_code


def test_what_a_page_shows_is_there_over_the_wire(house: tuple[Ask, Database]) -> None:
    """The list with its total, traffic along time, what the deployment takes; trying says that no node is there."""
    ask, _ = house
    deploy(ask)
    listed = ask("GET", "/api/v1/serving/deployments", params={"model": "fraud", "number": 1}).json()
    traffic = ask("GET", "/api/v1/deployments/fraud-api/traffic", params={"minutes": 5, "points": 10}).json()
    takes = ask("GET", "/api/v1/deployments/fraud-api/signature").json()
    tried = ask("POST", "/api/v1/deployments/fraud-api/try", json={"rows": [{"amount": 1}]})
    rollout = ask("POST", "/api/v1/deployments/fraud-api/rollouts", json={"version": "fraud:2"}).json()["id"]
    moves = ask("GET", f"/api/v1/rollouts/{rollout}", params={"measured": False}).json()["events"]
    grown = ask("GET", f"/api/v1/rollouts/{rollout}/evidence").json()

    assert (1, ["fraud-api"]) == (listed["total"], [one["name"] for one in listed["items"]])
    assert (10, []) == (len(traffic["at_ms"]), traffic["routes"])
    assert ("fraud", []) == (takes["version"]["model"], takes["inputs"])
    assert (503, True) == (tried.status_code, "no node serves" in tried.json()["message"])
    assert ["started", "step_entered"] == [one["what"] for one in moves]
    assert [0.0, 0.05] == grown["share"]
