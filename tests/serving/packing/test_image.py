"""An image is built without a container engine, equal every time, runs with nothing of the machine's, and is pushed.

The model comes from the unmodified mlflow client, which also opens what is in the image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sklearn.datasets import load_iris

from modelwright.cli import client_env
from modelwright.cli.server_process import free_port
from modelwright.core.errors import BadInput
from modelwright.serving.packing import bundle as bundles
from modelwright.serving.packing.bundle import Bundle
from modelwright.serving.packing.image import write_layout
from modelwright.serving.packing.push import push
from tests.serving.packing.conftest import answering

ROOT = Path(__file__).parents[3]
SAVE = ROOT / "tests" / "serving" / "node" / "programs" / "save_example.py"
OPEN = "import json, mlflow, sys; print(json.dumps(mlflow.pyfunc.load_model(sys.argv[1]).predict(%s).tolist()))"
IRIS = load_iris()
SPLIT = {"columns": IRIS.feature_names, "data": IRIS.data[:5].tolist()}
REGISTRY = """
version: 0.1
storage:
  filesystem: {rootdirectory: %s}
http: {addr: 127.0.0.1:%d}
"""

pytestmark = [pytest.mark.mlflow, pytest.mark.slow, pytest.mark.timeout(1800)]


class Built(msgspec.Struct):
    bundle: Bundle
    layout: Path
    digest: str
    direct: list[Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The image of a model, and the model's own answers to its example."""
    home = tmp_path_factory.mktemp("image")
    command = [client_env.ensure(ROOT / ".envs"), SAVE, home / "model"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=home)
    made = Bundle(
        version="iris:3", manifest=f"sha256:{3:064x}", folder=home / "model", lock=bundles.lock(home / "model")
    )
    digest = write_layout(made, home / "layout", tell=lambda _: None)
    return Built(made, home / "layout", digest, json.loads(done.stdout.splitlines()[-1]))


def blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def read(layout: Path, digest: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(blob(layout, digest).read_bytes())
    return found


def unpacked(built: Built, root: Path) -> dict[str, Any]:
    """The image's files below `root`; its config."""
    manifest = read(built.layout, built.digest)
    for layer in manifest["layers"]:
        with tarfile.open(blob(built.layout, layer["digest"])) as archive:
            archive.extractall(root, filter="tar")
    return read(built.layout, manifest["config"]["digest"])


def test_two_builds_have_one_digest(built: Built, tmp_path: Path) -> None:
    """Layers, config and manifest: an image is named by its contents, whenever and wherever it was built."""
    assert built.digest == write_layout(built.bundle, tmp_path / "again", tell=lambda _: None)
    assert sorted(one.name for one in (built.layout / "blobs" / "sha256").iterdir()) == sorted(
        one.name for one in (tmp_path / "again" / "blobs" / "sha256").iterdir()
    )


def test_unpacked_image_answers_as_the_model_does(built: Built, tmp_path: Path) -> None:
    """In bubblewrap, with a root that is the image and nothing else, read-only, as its own user."""
    root = tmp_path / "root"
    config = unpacked(built, root)["config"]
    env = dict(one.split("=", 1) for one in config["Env"])
    entry = [*config["Entrypoint"][:-4], "--host", "127.0.0.1", "--port", "0"]
    bubble = ["bwrap", "--ro-bind", str(root), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--clearenv"]  # noqa: S108
    settings = [part for name, value in env.items() for part in ("--setenv", name, value)]
    with answering([*bubble, *settings, "--unshare-pid", "--die-with-parent", *entry]) as client:
        answer = client.post("/invocations", json={"dataframe_split": SPLIT})

    assert 200 == answer.status_code, answer.text
    assert built.direct == answer.json()["predictions"]
    assert "65532:65532" == config["User"]


def test_model_in_the_image_opens_with_mlflow(built: Built, tmp_path: Path) -> None:
    """The folder is MLflow's layout: its own client loads it and predicts the same."""
    root = tmp_path / "root"
    unpacked(built, root)
    rows = f"__import__('pandas').DataFrame(**{SPLIT!r})"
    folder = root / "opt" / "modelwright" / "model"
    command = [str(client_env.ensure(ROOT / ".envs")), "-c", OPEN % rows, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path)

    assert built.direct == json.loads(done.stdout.splitlines()[-1])


def test_registry_takes_the_image_and_gives_it_back(built: Built, tmp_path: Path) -> None:
    """Debian's docker-registry, twice: the second time it has every layer already."""
    (tmp_path / "config.yml").write_text(REGISTRY % (tmp_path / "store", port := free_port()))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(shutil.which("docker-registry")), "serve", str(tmp_path / "config.yml")],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"},
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/v2/", process)
        reference = f"127.0.0.1:{port}/models/iris:3"
        digests = [push(built.layout, reference, plain_http=True, tell=lambda _: None) for _ in range(2)]
        accept = {"accept": "application/vnd.oci.image.manifest.v1+json"}
        found = httpx.get(f"http://127.0.0.1:{port}/v2/models/iris/manifests/3", headers=accept)
    finally:
        process.terminate()
        process.wait()

    assert [built.digest] * 2 == digests
    assert built.digest == found.headers["docker-content-digest"]
    assert blob(built.layout, built.digest).read_bytes() == found.content


def test_what_is_no_image_name_is_refused(built: Built) -> None:
    """Before anything is sent."""
    with pytest.raises(BadInput, match="is no image"):
        push(built.layout, "fraud", plain_http=True, tell=lambda _: None)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once the registry answers."""
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the registry does not answer")
