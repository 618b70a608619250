"""Models trained by H2O and saved by the unmodified mlflow client, scored from their MOJO without H2O's server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from modelwright.cli.server_process import free_port, modelwright_server
from modelwright.core.errors import BadInput, ModelwrightError
from modelwright.sdk import serving
from modelwright.sdk.http import Api
from modelwright.serving.model import Isolation, Limits, RouteStatus
from modelwright.serving.node.mojo import mojo_in, signature_of
from modelwright.serving.node.package import read_package
from modelwright.serving.node.worker.remote import RemoteRunner
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.test_runtimes import OFFLINE, assert_close, by_uv

PROGRAM = Path(__file__).parent / "programs" / "save_h2o.py"
# It writes MOJOs; 3.46.0.12 refuses to, and points to another product.
LIBRARIES = ["h2o==3.46.0.7"]
LIMITS = Limits(deadline_ms=60_000, load_s=600, memory_bytes=1 << 30)
SIGNED = ["gbm_binary", "gbm_numbers", "gbm_classes", "gbm_regression", "glm_binary", "glm_classes", "glm_regression"]
KINDS = [*SIGNED, "forest_iris", "gbm_diabetes"]
UNSIGNED = "gbm_unsigned"

# With Java, which `make system` installs: without it they fail, and h2o says so.
trained_by_h2o = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(1800)]


def written(root: Path, *, about: str | None = None, name: str = "model.zip") -> Path:
    """A version whose MOJO is no more than the text that says what it is."""
    root.mkdir(exist_ok=True)
    (root / "MLmodel").write_text(
        yaml.safe_dump({"flavors": {"h2o": {"h2o_version": "3.46.0.7", "data": "model.h2o"}}})
    )
    if about is not None:
        with zipfile.ZipFile(root / name, "w") as archive:
            archive.writestr("model.ini", about)
    return root


ABOUT = """[info]
n_features = 3
n_columns = 4

[columns]
age
town
a = b
bought

[domains]
1: 4 d000.txt
3: 2 d001.txt
"""


def test_mojo_tells_its_columns(tmp_path: Path) -> None:
    """Text where it knows a column by its levels, numbers elsewhere; all may be missing; the target is none of them."""
    found = read_package(written(tmp_path, about=ABOUT)).signature

    assert found is not None
    assert [("age", "FP64"), ("town", "BYTES"), ("a = b", "FP64")] == [(one.name, one.kind) for one in found.inputs]
    assert not any(one.required for one in found.inputs)


def test_version_without_a_mojo_says_how_to_log_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"download_mojo[^$]*extra_files=\[mojo\]"):
        read_package(written(tmp_path))


def test_two_mojos_are_one_too_many(tmp_path: Path) -> None:
    written(tmp_path, about=ABOUT)
    written(tmp_path, about=ABOUT, name="other.zip")

    with pytest.raises(BadInput, match=r"2 MOJOs among \['model.zip', 'other.zip'\]"):
        mojo_in(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no zip at all", b"PK\x03\x04 cut"],
)
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (written(tmp_path) / "model.zip").write_bytes(content)

    with pytest.raises(BadInput, match="no MOJO that can be read"):
        mojo_in(tmp_path)


@pytest.mark.parametrize(
    "about", ["", "[info]\nn_features = some\n", "[info]\nn_features = 2\n[columns]\nage\n", "[info]\nn_features = 0\n"]
)
def test_mojo_that_does_not_say_its_columns_is_refused(tmp_path: Path, about: str) -> None:
    with pytest.raises(BadInput, match="no whole MOJO"):
        signature_of(mojo_in(written(tmp_path, about=about)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of the saved models, and what each was asked and answered."""
    folder = tmp_path_factory.mktemp("h2o")
    done = subprocess.run(
        [by_uv([*LIBRARIES, "scikit-learn"]), PROGRAM, folder, str(free_port())],
        cwd=folder, env=OFFLINE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-4000:]
    return folder, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    """A node that makes the environment from the version's own requirements."""
    found = LiveNode(tmp_path_factory.mktemp("node"), Shelf())
    yield found
    found.close()


class TestTrainedByH2o:
    pytestmark = trained_by_h2o

    def serve(self, node: LiveNode, folder: Path) -> None:
        node.serve(node.shelf.route(folder, isolation=Isolation.WORKER, limits=LIMITS))

    @pytest.mark.parametrize("kind", [*KINDS, UNSIGNED])
    def test_mojo_answers_as_h2o_itself(self, node: LiveNode, trained: tuple[Path, dict[str, Any]], kind: str) -> None:
        """Levels that training has not seen and missing values among the rows; the worker is confined like any."""
        folder, said = trained
        self.serve(node, folder / kind)
        (report,) = node.node.report().routes
        assert RouteStatus.READY is report.status, report.reason

        answer = node.http.post("/invocations", json=said[kind]["ask"], timeout=60)

        assert 200 == answer.status_code, answer.text
        assert_close(said[kind]["direct"], answer.json()["predictions"])
        runner = node.node.front.endpoints["api"].first.runner
        assert isinstance(runner, RemoteRunner)
        assert {"memory", "no_new_privs"} <= set(runner.sandbox)

    def test_killed_worker_comes_back(self, node: LiveNode, trained: tuple[Path, dict[str, Any]]) -> None:
        folder, said = trained
        ask, direct = said["gbm_binary"]["ask"], said["gbm_binary"]["direct"]
        self.serve(node, folder / "gbm_binary")
        runner = node.node.front.endpoints["api"].first.runner
        assert isinstance(runner, RemoteRunner)
        first = runner.pid

        os.kill(first, signal.SIGKILL)
        until = time.monotonic() + 60
        answer = node.http.post("/invocations", json=ask, timeout=60)
        while answer.status_code != 200 and time.monotonic() < until:
            time.sleep(0.2)
            answer = node.http.post("/invocations", json=ask, timeout=60)

        assert_close(direct, answer.json()["predictions"])
        assert first != runner.pid

    @pytest.mark.parametrize(
        ("keep", "reason"), [(0.0, "it lacks 20 of its 20 trees"), (0.1, "H2O cannot read the MOJO")]
    )
    def test_damaged_mojo_is_refused(
        self, node: LiveNode, trained: tuple[Path, dict[str, Any]], tmp_path: Path, keep: float, reason: str
    ) -> None:
        """H2O's reader takes a zip without its trees, and answers as if every row were the average one."""
        folder, _ = trained
        broken = tmp_path / "broken"
        shutil.copytree(folder / "gbm_binary", broken)
        mojo = mojo_in(broken)
        with zipfile.ZipFile(mojo) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(mojo, "w") as archive:
            for name, content in parts.items():
                if not name.startswith("trees/"):
                    archive.writestr(name, content)
                elif keep:
                    archive.writestr(name, content[: int(keep * len(content))])

        node.serve(node.shelf.route(broken, number=2, isolation=Isolation.WORKER, limits=LIMITS), name="broken")

        (report,) = node.node.report().routes
        assert RouteStatus.FAILED is report.status
        assert reason in report.reason

    def test_text_for_a_number_is_refused_in_words(self, node: LiveNode, trained: tuple[Path, dict[str, Any]]) -> None:
        folder, said = trained
        self.serve(node, folder / "gbm_diabetes")
        ask = said["gbm_diabetes"]["ask"]["dataframe_split"]
        rows = [["much", *ask["data"][0][1:]]]

        answer = node.http.post("/invocations", json={"dataframe_split": {**ask, "data": rows}}, timeout=60)

        assert 400 == answer.status_code
        assert ask["columns"][0] in answer.text

    def test_logged_registered_and_deployed(self, tmp_path: Path) -> None:
        """By the unmodified client against a server, whose node makes the environment; without its MOJO it is refused
        with the words that say how to log it.
        """
        program = PROGRAM.with_name("log_h2o.py")
        with modelwright_server(tmp_path / "home", "--node-port", str(free_port()), port=free_port()) as server:
            done = subprocess.run(
                [by_uv([*LIBRARIES, "scikit-learn"]), program, server.url, str(free_port())],
                cwd=tmp_path, env=OFFLINE, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert 0 == done.returncode, done.stderr[-4000:]
            said = json.loads(done.stdout.splitlines()[-1])
            with Api(server.url) as api:
                made = serving.deploy("iris-with-mojo:1", wait_s=300, api=api)
                url = f"{made.endpoints[0]}/deployments/iris-with-mojo/invocations"
                answer = httpx.post(url, json=said["ask"], timeout=60)
                with pytest.raises(ModelwrightError, match=r"extra_files=\[mojo\]"):
                    serving.deploy("iris-binary:1", wait_s=60, api=api)

        assert 200 == answer.status_code, answer.text
        assert_close(said["direct"], answer.json()["predictions"])
