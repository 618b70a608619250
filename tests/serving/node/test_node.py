"""The life of a node: swaps that nobody notices, faults that leave the last good state, and going on alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import numpy as np
import pytest

from modelwright.serving.model import (
    DesiredDeployment,
    DesiredState,
    FileRef,
    Mode,
    NodeReport,
    Route,
    Sticky,
    WindowCounts,
)
from modelwright.serving.node.loading import Loaded
from modelwright.serving.node.node import STATE
from tests.serving.node.kept import Kept
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, ROWS, linear_onnx, write_onnx
from tests.waiting import eventually

ONE = {"inputs": ROWS[:1].tolist()}
SUM = float(ROWS[0].sum())


def first(node: LiveNode, **headers: str) -> float:
    answer = node.http.post("/invocations", json=ONE, headers=headers)
    assert 200 == answer.status_code, answer.text
    return float(answer.json()["predictions"][0])


def report(node: LiveNode) -> NodeReport:
    async def ask() -> NodeReport:
        await asyncio.sleep(0)
        return node.node.report()

    return node.do(ask())


def test_two_hundred_swaps_fail_no_request(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """Versions change two hundred times under load, and each request is answered by one of the two."""
    versions = [shelf.route(onnx_folder, number=1), shelf.route(doubling_folder, number=2)]
    node.serve(versions[0])
    stop = threading.Event()
    statuses: list[int] = []
    answers: set[float] = set()

    def ask() -> None:
        with httpx.Client(base_url=node.url, timeout=60) as client:
            while not stop.is_set():
                answer = client.post("/invocations", json=ONE)
                statuses.append(answer.status_code)
                if answer.status_code == 200:
                    answers.add(round(answer.json()["predictions"][0], 6))
                # The callers share this process with the node: they must leave it time to swap.
                stop.wait(0.002)

    callers = [threading.Thread(target=ask) for _ in range(3)]
    for caller in callers:
        caller.start()
    for swap in range(200):
        node.serve(versions[(swap + 1) % 2])
        if swap < len(versions):
            # What was under way may still be the old one's; one more is the new one's, however slow the machine is.
            reached = len(statuses) + len(callers) + 1
            eventually(lambda: len(statuses) >= reached)  # noqa: B023 - asked at once
    stop.set()
    for caller in callers:
        caller.join()

    assert {200} == set(statuses)
    assert {round(SUM, 6), round(2 * SUM, 6)} == answers


def test_corrupt_file_is_refused_and_the_last_good_version_serves(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """Bytes that are not what their digest says are never opened; what served before goes on."""
    node.serve(shelf.route(onnx_folder, number=1))
    wanted = shelf.route(doubling_folder, number=2)
    for digest in [file.digest for file in wanted.files if file.path == "model.onnx"]:
        shelf.paths[digest] = onnx_folder / "model.onnx"
    node.serve(wanted)

    assert SUM == pytest.approx(first(node))
    failed = next(one for one in report(node).routes if one.route == "r2")
    assert "failed" == failed.status.value
    assert "model.onnx should be sha256:" in failed.reason


def test_file_damaged_on_disk_is_fetched_again(node: LiveNode, shelf: Shelf, onnx_folder: Path, tmp_path: Path) -> None:
    """Each load checks the bytes on the node's own disk too."""
    route = shelf.route(onnx_folder)
    node.serve(route)
    for blob in (tmp_path / "node" / "blobs").iterdir():
        blob.write_bytes(b"rotten")
    node.apply()
    node.serve(route)

    assert SUM == pytest.approx(first(node))


def test_a_long_life_does_not_fill_the_disk(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """The versions of lately stay, those before them go, and what is gone back to is fetched again."""
    folders = [write_onnx(tmp_path / str(number), linear_onnx(float(number))) for number in range(1, 16)]
    routes = [shelf.route(folder, number=number) for number, folder in enumerate(folders, 1)]
    for route in routes:
        node.serve(route)
    kept = {one.name for one in (tmp_path / "node" / "versions").iterdir()}
    blobs = len(list((tmp_path / "node" / "blobs").iterdir()))
    node.serve(routes[0])

    assert {route.manifest.removeprefix("sha256:") for route in routes[-9:]} == kept
    assert 9 + 1 == blobs
    assert SUM == pytest.approx(first(node))


def test_a_version_that_is_loading_keeps_its_files_though_nobody_wants_it_meanwhile(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order taken back and given again goes on with the load that was begun."""
    old, new = shelf.route(onnx_folder, number=1), shelf.route(doubling_folder, number=2)
    node.serve(old)
    reached, go_on = threading.Event(), threading.Event()
    load = node.node._loader.load

    async def slowly(folder: Path, route: Route, *, conversion_wait_s: float | None) -> Loaded:
        reached.set()
        await asyncio.to_thread(go_on.wait)
        return await load(folder, route, conversion_wait_s=conversion_wait_s)

    monkeypatch.setattr(node.node._loader, "load", slowly)
    asked = DesiredState(revision=2, deployments=(DesiredDeployment(name="api", routes=(new,)),))
    given = asyncio.run_coroutine_threadsafe(node.node.apply(asked), node._loop)
    assert reached.wait(60)
    given.cancel()
    node.serve(old)
    threading.Timer(0.2, go_on.set).start()
    node.serve(new)

    assert 2 * SUM == pytest.approx(first(node))
    assert ["ready"] == [one.status.value for one in report(node).routes]


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "a/../../outside"])
def test_files_stay_in_their_folder(node: LiveNode, shelf: Shelf, onnx_folder: Path, path: str, tmp_path: Path) -> None:
    """A version cannot name a file outside its folder."""
    route = shelf.route(onnx_folder)
    away = FileRef(path=path, digest=route.files[0].digest, size_bytes=route.files[0].size_bytes)
    node.serve(msgspec.structs.replace(route, files=(*route.files, away)))

    assert "outside its folder" in report(node).routes[0].reason
    assert not list(tmp_path.rglob("outside"))


def test_node_serves_on_without_its_server(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> None:
    """A restarted node answers from its own disk before anybody has told it anything."""
    before = LiveNode(tmp_path / "home", shelf)
    before.serve(shelf.route(onnx_folder))
    before.close()
    after = LiveNode(tmp_path / "home", Shelf())
    after.do(after.node.resume())

    assert SUM == pytest.approx(first(after))
    after.close()


@pytest.mark.parametrize("held", [b'{"revision": 3, "dep', b'{"deployments": [{"name": "\xff"}]}', bytes(99), None])
def test_unreadable_last_state_does_not_stop_the_node(tmp_path: Path, shelf: Shelf, held: bytes | None) -> None:
    """A torn or rotten state file is left aside, and the node waits for news."""
    (tmp_path / "home").mkdir()
    if held is None:
        (tmp_path / "home" / STATE).mkdir()
    else:
        (tmp_path / "home" / STATE).write_bytes(held)
    node = LiveNode(tmp_path / "home", shelf)
    node.do(node.node.resume())

    assert [] == node.http.get("/deployments").json()
    node.close()


def test_share_moves_without_loading_again(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """A change of shares keeps the loaded models, their queues and their counts."""
    a, b = shelf.route(onnx_folder, number=1), shelf.route(doubling_folder, number=2)
    replace = msgspec.structs.replace
    node.serve(replace(a, share=1.0), replace(b, share=0.0))
    runners = [one.runner for one in node.node.front.endpoints["api"].routes]
    assert SUM == pytest.approx(first(node))
    node.serve(replace(a, share=0.0), replace(b, share=1.0))

    assert 2 * SUM == pytest.approx(first(node))
    assert runners == [one.runner for one in node.node.front.endpoints["api"].routes]


def test_sticky_key_keeps_its_route(node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path) -> None:
    """Equal keys get equal routes, and many keys get both."""
    a, b = shelf.route(onnx_folder, number=1, share=0.5), shelf.route(doubling_folder, number=2, share=0.5)
    node.serve(a, b, sticky=Sticky(header="X-User", salt="s"))
    answers = [{first(node, **{"x-user": f"user-{i}"}) for _ in range(3)} for i in range(20)]

    assert all(len(one) == 1 for one in answers)
    assert 2 == len(set.union(*answers))


def test_shadow_is_compared_and_never_answers(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """A shadow sees what the live route answered; its differences are counted, its answers go nowhere."""
    shadow = shelf.route(doubling_folder, number=2, mode=Mode.SHADOW)
    node.serve(shelf.route(onnx_folder, number=1), shadow)
    for _ in range(10):
        assert SUM == pytest.approx(first(node))
    tally = node.node.front.endpoints["api"].of_version("2").tally
    eventually(lambda: tally.total().compared == 10)  # a shadow is compared after the answer has gone out
    counts = tally.total()

    assert (10, 10) == (counts.compared, counts.differing)
    assert 10 * SUM == pytest.approx(counts.difference_sum)


def test_shadow_that_does_not_load_keeps_nobody_waiting(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, tmp_path: Path
) -> None:
    """A broken shadow is reported, and the live route serves."""
    broken = write_onnx(tmp_path / "broken", b"not onnx")
    node.serve(shelf.route(onnx_folder, number=1), shelf.route(broken, number=2, mode=Mode.SHADOW))

    assert SUM == pytest.approx(first(node))
    assert {"r1": "ready", "r2": "failed"} == {one.route: one.status.value for one in report(node).routes}


def test_version_can_be_asked_past_the_shares(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """The open inference protocol's versioned address reaches one version, whatever its share."""
    node.serve(shelf.route(onnx_folder, number=1), shelf.route(doubling_folder, number=2, share=0.0))
    body = {"inputs": [{"name": "x", "shape": [1, 30], "datatype": "FP64", "data": ROWS[0].tolist()}]}
    answer = node.http.post("/v2/models/api/versions/2/infer", json=body).json()

    assert "2" == answer["model_version"]
    assert 2 * SUM == pytest.approx(answer["outputs"][0]["data"][0])
    assert 404 == node.http.post("/v2/models/api/versions/3/infer", json=body).status_code


def test_ledger_gets_what_was_answered(tmp_path: Path, shelf: Shelf, onnx_folder: Path) -> None:
    """Every answered row reaches the sink once, with its inputs by name, outputs, id, place, time and latency."""
    sink = Kept()
    node = LiveNode(tmp_path / "home", shelf, sinks=[sink])
    node.serve(shelf.route(onnx_folder))
    ids = [
        node.http.post("/invocations", json={"inputs": ROWS[i : i + 2].tolist()}).headers["modelwright-prediction"]
        for i in range(5)
    ]
    node.close()

    assert [one for one in ids for _ in range(2)] == [one for batch in sink.batches for one in batch.predictions]
    assert [0, 1] * 5 == [one for batch in sink.batches for one in batch.position.tolist()]
    origin = sink.batches[0].origin
    assert ("api", "r1", "cancer", 1) == (origin.deployment, origin.route, origin.model, origin.version)
    assert FEATURES == list(sink.batches[0].inputs)
    outputs = np.concatenate([batch.outputs["predict"] for batch in sink.batches])
    np.testing.assert_allclose(outputs, np.concatenate([ROWS[i : i + 2].sum(axis=1) for i in range(5)]))


def test_windows_are_reported_until_acknowledged(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """A closed window is in each report until one has arrived."""
    node.serve(shelf.route(onnx_folder))
    first(node)
    tally = node.node.front.endpoints["api"].first.tally
    later = 4_000_000_000_000
    (window,) = tally.closed(later)

    assert isinstance(window, WindowCounts)
    assert (1, 1, 0) == (window.requests, window.rows, window.errors)
    assert 1 == sum(window.latency_counts)
    assert (window,) == tally.closed(later)
    tally.acknowledged(1)
    assert () == tally.closed(later)


def test_metrics_count_requests(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """/metrics is Prometheus text with the route's counts."""
    node.serve(shelf.route(onnx_folder))
    first(node)
    node.http.post("/invocations", json={"inputs": [["x"] * 30]})
    text = node.http.get("/metrics").text

    assert 'modelwright_node_requests_total{deployment="api",route="r1",version="cancer:1"} 2.0' in text
    assert 'modelwright_node_refused_total{deployment="api",route="r1",version="cancer:1"} 1.0' in text
    assert 'modelwright_node_latency_seconds_count{deployment="api",route="r1",version="cancer:1"} 2.0' in text


def test_unservable_state_leaves_the_deployment(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """Shares that do not add up change nothing."""
    node.serve(shelf.route(onnx_folder))
    node.serve(shelf.route(onnx_folder, share=0.5))

    assert SUM == pytest.approx(first(node))


def test_undeployed_name_is_gone(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """A deployment that is not wanted any more is not answered."""
    node.serve(shelf.route(onnx_folder))
    node.apply()

    assert 404 == node.http.post("/deployments/api/invocations", json=ONE).status_code
    assert DesiredState(revision=2) == msgspec.json.decode((node.node._home / STATE).read_bytes(), type=DesiredState)


def test_many_versions_fit_beside_each_other(node: LiveNode, shelf: Shelf, tmp_path: Path) -> None:
    """Twenty deployments on one node each answer with their own model."""
    deployments = []
    for number in range(1, 21):
        folder = write_onnx(tmp_path / f"m{number}", linear_onnx(float(number)))
        route = shelf.route(folder, model=f"m{number}")
        deployments.append(DesiredDeployment(name=f"d{number}", routes=(route,)))
    node.apply(*deployments)
    answers = [
        node.http.post(f"/deployments/d{number}/invocations", json=ONE).json()["predictions"][0]
        for number in range(1, 21)
    ]

    np.testing.assert_allclose(answers, [number * SUM for number in range(1, 21)])


def test_a_change_of_one_deployment_leaves_the_others_as_they_are(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path
) -> None:
    """A node of many deployments does for each news what that takes, and not what all of them take."""
    stays, goes, changes = (shelf.route(onnx_folder, number=number) for number in (1, 2, 3))
    node.serve_all(stays=stays, goes=goes, changes=changes)
    before = dict(node.node.front.endpoints)
    node.serve_all(stays=stays, changes=shelf.route(doubling_folder, number=4), comes=goes)
    after = node.node.front.endpoints

    assert {"stays", "changes", "comes"} == after.keys()
    assert before["stays"] is after["stays"]
    assert before["changes"] is not after["changes"]
    asked = [
        f"/v2/models/{name}/versions/{number}/ready" for name, number in (("stays", 1), ("changes", 4), ("comes", 2))
    ]
    assert [200] * 3 == [node.http.get(path).status_code for path in asked]
    posted = {
        path: node.http.post(path, json=ONE).status_code
        for path in ("/deployments/goes/invocations", "/v2/models/changes/versions/3/infer")
    }
    assert {404} == set(posted.values())


class SlowShelf(Shelf):
    """A source that keeps one file back until it is told to give it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept_back = ""
        self.give = asyncio.Event()

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        if digest == self.kept_back:
            await self.give.wait()
        async for chunk in super().fetch(digest):
            yield chunk


def test_slow_version_keeps_no_other_deployment_waiting(
    tmp_path: Path, onnx_folder: Path, doubling_folder: Path
) -> None:
    """Of two deployments that come together, one answers while the other's file has not arrived yet."""
    shelf = SlowShelf()
    node = LiveNode(tmp_path / "node", shelf)
    quick, slow = shelf.route(onnx_folder), shelf.route(doubling_folder, number=2)
    shelf.kept_back = next(file.digest for file in slow.files if file.path == "model.onnx")
    with ThreadPoolExecutor(1) as deploying:
        done = deploying.submit(node.serve_all, quick=quick, slow=slow)
        eventually(lambda: "quick" in node.node.front.endpoints)
        answers = [
            node.http.post(f"/deployments/{name}/invocations", json=ONE).status_code for name in ("quick", "slow")
        ]
        ready = node.http.get("/v2/health/ready").status_code

        async def give() -> None:
            shelf.give.set()

        node.do(give())
        done.result()
    last = node.http.post("/deployments/slow/invocations", json=ONE).status_code
    node.close()

    assert ([200, 503], 503, 200) == (answers, ready, last)
