"""Loading beside what is served: news does not wait for it, and what failed for no fault of the version is mended."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelwright.serving.model import Engine, RouteStatus
from modelwright.serving.node.node import STATE
from tests.serving.node.board import Board, Follower
from tests.serving.node.models import ROWS, write_onnx, write_sklearn
from tests.waiting import eventually

ONE = {"inputs": ROWS[:1].tolist()}
SUM = float(ROWS[0].sum())


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def node(tmp_path: Path, board: Board) -> Iterator[Follower]:
    live = Follower(tmp_path / "node", board)
    yield live
    live.close()


def answer(node: Follower, name: str = "api") -> float | None:
    said = node.http.post(f"/deployments/{name}/invocations", json=ONE)
    return round(float(said.json()["predictions"][0]) / SUM, 6) if said.status_code == 200 else None


def failed(node: Follower, route: str) -> str | None:
    """Why the route does not load, once it has failed."""
    status, reason = node.status(route) or (RouteStatus.LOADING, "")
    return reason if status is RouteStatus.FAILED else None


def ready(node: Follower) -> bool:
    return node.http.get("/v2/health/ready").status_code == 200


def test_a_node_that_has_heard_nothing_is_not_ready(node: Follower, board: Board) -> None:
    """It lives, says that nobody has told it what to serve, and is ready once it hears that there is nothing."""
    before = node.http.get("/v2/health/ready")
    pinged = node.http.get("/ping").status_code
    alive = node.http.get("/v2/health/live").status_code
    board.pin()

    assert (503, False) == (before.status_code, before.json()["informed"])
    assert (503, 200) == (pinged, alive)
    assert eventually(lambda: ready(node))


@pytest.mark.parametrize(
    "path", ["/v2/models/api/infer", "/deployments/api/invocations", "/deployments/api/predict", "/invocations"]
)
def test_what_is_not_loaded_yet_is_worth_asking_again(
    node: Follower, board: Board, onnx_folder: Path, path: str
) -> None:
    """A node that has just started, or has a new deployment, is no node that does not know it."""
    unheard = node.http.post(path, json={})
    slow = board.route(onnx_folder)
    board.keep_back(slow)
    board.serve(slow)
    eventually(lambda: node.status("r1") == (RouteStatus.LOADING, ""))
    loading = node.http.post(path, json={})
    other = node.http.post("/deployments/other/invocations", json={})
    board.kept_back.clear()

    assert [(503, "1"), (503, "1")] == [(one.status_code, one.headers.get("retry-after")) for one in (unheard, loading)]
    assert 404 == other.status_code


def test_going_back_does_not_wait_for_a_version_that_is_slow_to_load(
    node: Follower, board: Board, onnx_folder: Path, doubling_folder: Path
) -> None:
    """While one deployment's file has not arrived, another is served and the first is brought back."""
    good, slow = board.route(onnx_folder, number=1), board.route(doubling_folder, number=2)
    board.serve(good)
    eventually(lambda: answer(node) == 1.0)
    board.keep_back(slow)
    board.serve(slow)
    eventually(lambda: node.status("r2") == (RouteStatus.LOADING, ""))
    board.serve(good)
    eventually(lambda: node.status("r2") is None)
    board.serve(good, name="other")
    late = eventually(lambda: answer(node, "other"))
    board.kept_back.clear()

    assert 1.0 == late


def test_a_load_under_way_is_not_begun_again_by_news(
    node: Follower, board: Board, onnx_folder: Path, doubling_folder: Path
) -> None:
    """A version that takes long to load is there in the end, however often shares change meanwhile."""
    board.serve(board.route(onnx_folder, number=1))
    eventually(lambda: answer(node) == 1.0)
    control, slow = board.route(onnx_folder, number=1, share=0.0), board.route(doubling_folder, number=2)
    board.keep_back(slow)
    for _ in range(5):
        board.serve(control, slow)
        eventually(lambda: node.status("r2"))
    board.kept_back.clear()

    assert eventually(lambda: answer(node) == 2.0)
    assert eventually(lambda: node.status("r2") == (RouteStatus.READY, ""))


def test_files_that_cannot_be_had_now_say_nothing_against_the_version(
    node: Follower, board: Board, onnx_folder: Path
) -> None:
    """While the server is away the route is loading, with the reason, and it is ready soon after."""
    board.away = True
    board.serve(board.route(onnx_folder))
    waiting = eventually(lambda: (found := node.status("r1")) and found[1] and found)
    board.away = False

    assert (RouteStatus.LOADING, "the server does not answer") == waiting
    assert eventually(lambda: answer(node) == 1.0)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_disk_of_the_node_says_nothing_against_the_version(
    node: Follower, board: Board, onnx_folder: Path, number: int
) -> None:
    """It waits, with the reason, and is served once there is room; a rollout is told of no failure."""
    board.broken = OSError(number, os.strerror(number))
    board.serve(board.route(onnx_folder))
    waiting = eventually(lambda: (found := node.status("r1")) and found[1] and found)
    board.broken = None

    assert (RouteStatus.LOADING, f"this node cannot load it now: {os.strerror(number)}") == waiting
    assert eventually(lambda: answer(node) == 1.0)


def test_a_version_that_failed_is_tried_again(
    node: Follower, board: Board, onnx_folder: Path, doubling_folder: Path
) -> None:
    """Bytes that were damaged at their source are fetched anew once they are mended there."""
    board.serve(board.route(onnx_folder, number=1))
    eventually(lambda: answer(node) == 1.0)
    wanted = board.route(doubling_folder, number=2)
    (graph,) = [file.digest for file in wanted.files if file.path == "model.onnx"]
    board.paths[graph] = onnx_folder / "model.onnx"
    board.serve(wanted)
    reason = eventually(lambda: failed(node, "r2"))
    meanwhile = answer(node)
    board.paths[graph] = doubling_folder / "model.onnx"

    assert "should be sha256:" in reason
    assert 1.0 == meanwhile
    assert eventually(lambda: answer(node) == 2.0)


def test_a_server_that_was_brought_back_from_a_backup_is_followed(
    node: Follower, board: Board, onnx_folder: Path, doubling_folder: Path
) -> None:
    """A revision below the one that the node has counts as news."""
    board.serve(board.route(onnx_folder, number=1))
    board.serve(board.route(doubling_folder, number=2))
    eventually(lambda: answer(node) == 2.0)
    board.pin(revision=0)

    assert eventually(lambda: answer(node) is None)


def test_the_last_good_version_comes_first_after_a_restart(tmp_path: Path, board: Board, onnx_folder: Path) -> None:
    """A node that was ended while it could not load what is wanted serves again what it served before."""
    first = Follower(tmp_path / "home", board)
    board.serve(board.route(onnx_folder, number=1))
    eventually((tmp_path / "home" / STATE).exists)
    board.serve(board.route(write_onnx(tmp_path / "broken", b"not onnx"), number=2))
    eventually(lambda: failed(first, "r2"))
    first.close()
    second = Follower(tmp_path / "home", board)
    eventually(lambda: failed(second, "r2"))
    again = answer(second)
    second.close()

    assert 1.0 == again


def test_files_of_versions_that_are_served_no_more_go_at_the_next_start(
    tmp_path: Path, board: Board, onnx_folder: Path, doubling_folder: Path
) -> None:
    """The disk of a node holds what it served last, and what has been asked for since."""
    first = Follower(tmp_path / "home", board)
    board.serve(board.route(onnx_folder, number=1))
    kept = tmp_path / "home" / STATE  # written once the answers have changed
    eventually(kept.exists)
    wanted = board.route(doubling_folder, number=2)
    board.serve(wanted)
    eventually(lambda: b'"r2"' in kept.read_bytes())
    first.close()
    second = Follower(tmp_path / "home", board)
    eventually(lambda: answer(second) == 2.0)
    second.close()

    assert {file.digest for file in wanted.files} == {
        f"sha256:{blob.name}" for blob in (tmp_path / "home" / "blobs").iterdir()
    }


def test_what_a_killed_node_left_half_done_is_swept_away(tmp_path: Path, board: Board) -> None:
    """Files that had not arrived, folders that were being put together, and what workers wrote."""
    home = tmp_path / "home"
    for left in ("blobs/.incoming-1", "versions/.building-1/model", "workers/tmp1/log"):
        (home / left).parent.mkdir(parents=True, exist_ok=True)
        (home / left).touch()
    Follower(home, board).close()

    assert [] == [path for path in home.rglob("*") if path.is_file()]


class Slow:
    """An estimator whose pickle says where it is being opened, and then takes its time, once."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        code = (
            "import os, time, sklearn.dummy\n"
            f"mark = {str(self.mark)!r}\n"
            "first = not os.path.exists(mark)\n"
            "if first:\n"
            "    open(mark + '.part', 'w').write(str(os.getpid()))\n"
            "    os.rename(mark + '.part', mark)\n"
            "    time.sleep(600)\n"
            "value = sklearn.dummy.DummyRegressor(strategy='constant', constant=7.0).fit([[0.0] * 30], [0.0])\n"
        )
        return eval, (f"(lambda space: (exec({code!r}, space), space['value'])[1])({{}})",)


@pytest.fixture
def mark() -> Iterator[Path]:
    """A file that a worker may write and this process may read."""
    path = Path("/dev/shm") / f"modelwright-test-{os.getpid()}"  # noqa: S108 - one of the few places open to both
    yield path
    path.unlink(missing_ok=True)


def test_a_worker_that_is_killed_while_it_loads_is_started_again(
    node: Follower, board: Board, tmp_path: Path, mark: Path
) -> None:
    """One death says nothing against the version: nobody hears that it failed, and it answers."""
    folder = write_sklearn(tmp_path / "slow", Slow(mark))
    board.serve(board.route(folder, engine=Engine.NATIVE))
    eventually(mark.exists)
    pid = int(mark.read_text())
    loading = node.status("r1")
    os.kill(pid, signal.SIGKILL)
    said = eventually(
        lambda: (found := node.status("r1")) and (found[0] is not RouteStatus.LOADING or found[1]) and found
    )

    assert (RouteStatus.LOADING, "") == loading
    assert (RouteStatus.READY, "") == said
    assert [7.0] == node.http.post("/invocations", json=ONE).json()["predictions"]
