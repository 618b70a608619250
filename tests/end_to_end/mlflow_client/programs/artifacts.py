"""Files up and down: sizes, names, folders, and the things the client makes files of."""

import contextlib
import hashlib
import io
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import mlflow
import numpy as np
import pandas as pd
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from tests.end_to_end.mlflow_client.programs.checks import check, client, experiment, run_id

mpl.use("Agg")
from matplotlib import pyplot as plt

MIB = 1 << 20


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def listing(run: str, path: str | None = None) -> dict[str, int | None]:
    """What a run holds at `path`: size by path, None for a folder."""
    return {one.path: None if one.is_dir else (one.file_size or 0) for one in client().list_artifacts(run, path)}


def write(path: Path, size: int) -> str:
    """Fill a file with `size` random bytes; their SHA-256."""
    source, digest = random.Random(size), hashlib.sha256()
    with path.open("wb") as out:
        for start in range(0, size, MIB):
            block = source.randbytes(min(MIB, size - start))
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def sha256(path: str | Path) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@check()
def a_folder_goes_up_and_comes_down() -> None:
    """log_artifacts keeps the tree; listing shows each level; download gives the same files back."""
    run = run_id()
    with folder() as up, folder() as down:
        (up / "a" / "deep").mkdir(parents=True)
        (up / "top.txt").write_text("top")
        (up / "a" / "one.bin").write_bytes(b"\x00\x01")
        (up / "a" / "deep" / "two.txt").write_text("two")
        client().log_artifacts(run, str(up), artifact_path="data")
        client().download_artifacts(run, "data", str(down))

        assert {"data": None} == listing(run)
        assert {"data/top.txt": 3, "data/a": None} == listing(run, "data")
        assert {"data/a/one.bin": 2, "data/a/deep": None} == listing(run, "data/a")
        assert {} == listing(run, "data/nowhere")
        assert "top" == (down / "data" / "top.txt").read_text()
        assert b"\x00\x01" == (down / "data" / "a" / "one.bin").read_bytes()
        assert "two" == (down / "data" / "a" / "deep" / "two.txt").read_text()


@check()
def an_empty_file_is_a_file() -> None:
    """A file of no bytes goes up, is listed as a file and comes down empty."""
    run = run_id()
    with folder() as up, folder() as down:
        (up / "empty").touch()
        client().log_artifact(run, str(up / "empty"))

        assert {"empty": 0} == listing(run)
        assert 0 == Path(client().download_artifacts(run, "empty", str(down))).stat().st_size


@check()
def a_large_file_comes_back_bit_by_bit() -> None:
    """200 MB up and down; the digest is the same."""
    run = run_id()
    with folder() as up, folder() as down:
        digest = write(up / "large.bin", 200 * MIB)
        client().log_artifact(run, str(up / "large.bin"))

        assert {"large.bin": 200 * MIB} == listing(run)
        assert digest == sha256(client().download_artifacts(run, "large.bin", str(down)))


@check(slow=True)
def a_file_of_half_a_gigabyte_goes_up_in_parts() -> None:
    """Above the client's threshold of 500 MB the multipart protocol is used where the server offers it."""
    run = run_id()
    with folder() as up, folder() as down:
        digest = write(up / "huge.bin", 520 * MIB)
        client().log_artifact(run, str(up / "huge.bin"))

        assert {"huge.bin": 520 * MIB} == listing(run)
        assert digest == sha256(client().download_artifacts(run, "huge.bin", str(down)))


@check(unlike_mlflow="MLflow has no multipart upload for files on its own disk")
def a_file_in_parts_is_one_file() -> None:
    """Multipart upload with small parts: the parts come together in order, an aborted one leaves nothing."""
    run = run_id()
    repository: Any = get_artifact_repository(client().get_run(run).info.artifact_uri)
    for name, value in (
        ("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true"),
        ("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(MIB)),
        ("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * MIB)),
    ):
        os.environ[name] = value
    try:
        with folder() as up, folder() as down:
            digest = write(up / "parts.bin", 17 * MIB + 5)
            repository.log_artifact(str(up / "parts.bin"), "in")
            assert digest == sha256(client().download_artifacts(run, "in/parts.bin", str(down)))

            cut = repository.create_multipart_upload(str(up / "parts.bin"), num_parts=2, artifact_path="cut")
            repository.abort_multipart_upload(str(up / "parts.bin"), cut.upload_id, artifact_path="cut")
            assert {"in": None} == listing(run)
    finally:
        for name in (
            "ENABLE_PROXY_MULTIPART_UPLOAD",
            "MULTIPART_UPLOAD_MINIMUM_FILE_SIZE",
            "MULTIPART_UPLOAD_CHUNK_SIZE",
        ):
            del os.environ[f"MLFLOW_{name}"]


@check()
def names_in_any_script_are_kept() -> None:
    """Spaces, quotes, percent signs, Cyrillic, Chinese and emoji survive listing and download."""
    run = run_id()
    names = [
        "with space.txt",
        "данные.txt",
        "数据.txt",
        "🙂.txt",
        "a+b&c=d.txt",
        "it's.txt",
        "semi;colon,.txt",
        "ünï.txt",
    ]
    with folder() as up, folder() as down:
        for name in names:
            (up / name).write_text(name)
        client().log_artifacts(run, str(up), artifact_path="папка с именем")

        assert {f"папка с именем/{name}" for name in names} == set(listing(run, "папка с именем"))
        for name in names:
            back = client().download_artifacts(run, f"папка с именем/{name}", str(down))
            assert name == Path(back).read_text(), name


@check()
def a_file_is_replaced_by_its_next_upload() -> None:
    """The second upload to a path wins, also when it is shorter."""
    run = run_id()
    client().log_text(run, "a long first text", "note.txt")
    client().log_text(run, "short", "note.txt")

    assert {"note.txt": 5} == listing(run)
    assert "short" == mlflow.artifacts.load_text(client().get_run(run).info.artifact_uri + "/note.txt")


@check()
def many_files_go_up_together() -> None:
    """300 files in one log_artifacts are all there, each with its own content."""
    many_files(300)


@check(slow=True)
def ten_thousand_files_go_up_together() -> None:
    """10,000 files in one log_artifacts are all there, each with its own content."""
    many_files(10_000)


def many_files(count: int) -> None:
    run = run_id()
    with folder() as up, folder() as down:
        for i in range(count):
            (up / f"f{i:05}.txt").write_text(str(i))
        client().log_artifacts(run, str(up), artifact_path="many")

        assert {f"many/f{i:05}.txt": len(str(i)) for i in range(count)} == listing(run, "many")
        client().download_artifacts(run, "many", str(down))
        assert all(str(i) == (down / "many" / f"f{i:05}.txt").read_text() for i in range(count))


@check()
def a_missing_file_is_missing() -> None:
    """Downloading what is not there fails; listing it gives nothing; a file has no listing of its own."""
    run = run_id()
    client().log_text(run, "x", "a.txt")
    assert {} == listing(run, "nothing")
    assert {} == listing(run, "a.txt")
    with folder() as down, contextlib.suppress(MlflowException, OSError):
        client().download_artifacts(run, "nothing.txt", str(down))
        raise AssertionError("a file that is not there was downloaded")


@check()
def deleted_files_are_gone() -> None:
    """The repository's delete removes a file, then a folder, and does not mind repetition."""
    run = run_id()
    for name in ("a/one.txt", "a/two.txt", "b.txt"):
        client().log_text(run, name, name)
    repository: Any = get_artifact_repository(client().get_run(run).info.artifact_uri)
    repository.delete_artifacts("a/one.txt")
    assert {"a": None, "b.txt": 5} == listing(run)
    repository.delete_artifacts("a")
    repository.delete_artifacts("a")
    assert {"b.txt": 5} == listing(run)


@check()
def texts_dicts_and_figures_become_files() -> None:
    """log_text, log_dict, log_figure and log_image write what load_* reads."""
    experiment()
    with mlflow.start_run() as run:
        mlflow.log_text("hello ü", "text/hello.txt")
        mlflow.log_dict({"a": [1, 2], "ü": None}, "dict.json")
        mlflow.log_dict({"a": {"b": 1}}, "dict.yaml")
        figure, axes = plt.subplots()
        axes.plot([1, 2], [3, 4])
        mlflow.log_figure(figure, "plot.png")
        plt.close(figure)
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "black.png")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), key="frames", step=1)
        mlflow.log_stream(io.BytesIO(b"streamed"), "stream.bin")
        uri = mlflow.get_artifact_uri()

    assert "hello ü" == mlflow.artifacts.load_text(f"{uri}/text/hello.txt")
    assert {"a": [1, 2], "ü": None} == mlflow.artifacts.load_dict(f"{uri}/dict.json")
    assert (4, 4) == mlflow.artifacts.load_image(f"{uri}/black.png").size
    assert mlflow.artifacts.load_image(f"{uri}/plot.png").size[0] > 100
    names = set(listing(run.info.run_id))
    assert {"text", "dict.json", "dict.yaml", "plot.png", "black.png", "images", "stream.bin"} == names


@check()
def tables_grow_and_come_back_as_frames() -> None:
    """log_table appends; load_table joins the tables of runs."""
    eid = experiment()
    with mlflow.start_run() as run:
        mlflow.log_table({"question": ["a"], "answer": [1]}, "table.json")
        mlflow.log_table(pd.DataFrame({"question": ["b"], "answer": [2]}), "table.json")
    back = client().load_table(eid, "table.json", extra_columns=["run_id"])

    assert ["a", "b"] == list(back["question"])
    assert [1, 2] == list(back["answer"])
    assert {run.info.run_id} == set(back["run_id"])


@check()
def artifacts_are_found_by_every_kind_of_address() -> None:
    """runs:/ addresses, artifact addresses and run ids lead to the same file."""
    run = run_id()
    client().log_text(run, "here", "a/b.txt")
    root = client().get_run(run).info.artifact_uri
    for address in (
        {"artifact_uri": f"runs:/{run}/a/b.txt"},
        {"artifact_uri": f"{root}/a/b.txt"},
        {"run_id": run, "artifact_path": "a/b.txt"},
    ):
        with folder() as down:
            assert "here" == Path(download_artifacts(dst_path=str(down), **address)).read_text()
    assert ["a/b.txt"] == [one.path for one in mlflow.artifacts.list_artifacts(run_id=run, artifact_path="a")]


@check()
def an_artifact_of_a_deleted_run_is_still_read() -> None:
    """Deletion of a run is soft: its files are there until it is purged."""
    run = run_id()
    client().log_text(run, "kept", "a.txt")
    client().delete_run(run)
    with folder() as down:
        assert "kept" == Path(client().download_artifacts(run, "a.txt", str(down))).read_text()
