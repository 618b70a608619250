"""Who is measured: our node in its arrangements, and every peer, tuned with its own batching."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.serving_models import (
    bento_bodies,
    matrix_bodies,
    plain_bodies,
    split_bodies,
    v2_bodies,
    v2_single_bodies,
)

PROGRAMS = Path(__file__).with_name("peers")
INFER = "/v2/models/model/infer"
SKLEARN = f"scikit-learn=={importlib.metadata.version('scikit-learn')}"
ONNXRUNTIME = f"onnxruntime=={importlib.metadata.version('onnxruntime')}"

Bodies = Callable[[int], list[str]]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One server: how it starts on a port, what it is asked, and in which environment.

    `packages` None is our own environment; `python` is what an environment is made with. `headers` are sent as well.
    """

    name: str
    path: str
    bodies: Bodies
    command: Callable[[Path, Path, int], list[str]]
    packages: tuple[str, ...] | None = None
    python: str = sys.executable
    prepare: Callable[[Path, int], None] = lambda _folder, _port: None
    model: str = "plain"  # which of the model's folders: plain, tensor (a signature of one matrix), onnx


def ours(name: str, *options: str, path: str = INFER, bodies: Bodies = v2_bodies, model: str = "plain") -> Target:
    """Our node; `options` are those of serving_node.py. With `--ledger`, everything is on."""
    command = lambda _python, folder, port: [  # noqa: E731  # one line of a table
        *(sys.executable, "-m", "benchmarks.serving_node", str(folder), str(port), *options)
    ]
    return Target(name=name, path=path, bodies=bodies, command=command, model=model)


AUTO = ours("everything on", "--ledger")
NATIVE = ours("plain scikit-learn", "--ledger", "--engine", "native")
ONNX = ours("the same ONNX file", "--ledger", bodies=v2_single_bodies, model="onnx")


def _program(name: str) -> Callable[[Path, int], None]:
    def prepare(folder: Path, _port: int) -> None:
        shutil.copy(PROGRAMS / name, folder / name)

    return prepare


def _scripted(name: str, program: str, package: str) -> Target:
    """A peer that is a Python program of its own, with our rows at /predict."""
    return Target(
        name=name,
        path="/predict",
        bodies=plain_bodies,
        command=lambda python, _folder, port: [str(python), program, str(port)],
        packages=(package, "joblib", SKLEARN),
        prepare=_program(program),
    )


def _mlserver(*, rows: int, implementation: str = "mlserver_sklearn.SKLearnModel") -> Callable[[Path, int], None]:
    """Settings of an MLServer in one process; `rows` above 1 batch within 2 ms."""

    def prepare(folder: Path, port: int) -> None:
        shutil.copy(PROGRAMS / "mlserver_onnx.py", folder / "mlserver_onnx.py")
        settings = {"parallel_workers": 0, "http_port": port, "grpc_port": port + 1, "metrics_port": port + 2}
        (folder / "settings.json").write_text(json.dumps({**settings, "host": "127.0.0.1"}))
        model = {"name": "model", "implementation": implementation, "parameters": {"uri": "./model.joblib"}}
        batching = {"max_batch_size": rows, "max_batch_time": 0.002} if rows > 1 else {}
        (folder / "model-settings.json").write_text(json.dumps({**model, **batching}))

    return prepare


def _mlserver_target(name: str, *, rows: int, onnx: bool = False) -> Target:
    return Target(
        name=name,
        path=INFER,
        bodies=v2_single_bodies if onnx else v2_bodies,
        command=lambda python, folder, _port: [str(python.with_name("mlserver")), "start", str(folder)],
        packages=("mlserver==1.7.1", "mlserver-sklearn==1.7.1", "uvloop<0.22", SKLEARN, ONNXRUNTIME),
        prepare=_mlserver(rows=rows, implementation="mlserver_onnx.OnnxModel") if onnx else _mlserver(rows=rows),
        model="onnx" if onnx else "plain",
    )


def _mlflow(name: str, bodies: Bodies, model: str) -> Target:
    return Target(
        name=name,
        path="/invocations",
        bodies=bodies,
        command=lambda python, folder, port: [
            *(str(python.with_name("mlflow")), "models", "serve", "-m", str(folder), "-p", str(port)),
            *("--env-manager", "local", "-w", "1"),
        ],
        packages=("mlflow==3.17.2", SKLEARN),
        model=model,
    )


MLFLOW = _mlflow("MLflow", split_bodies, "plain")
PEERS = (
    MLFLOW,
    _mlflow("MLflow, one matrix", matrix_bodies, "tensor"),
    _mlserver_target("MLServer, batching", rows=64),
    _mlserver_target("MLServer", rows=1),
    Target(
        name="BentoML, batching",
        path="/predict",
        bodies=bento_bodies,
        command=lambda python, _folder, port: [
            *(str(python.with_name("bentoml")), "serve", "bento_service:Model"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
        packages=("bentoml==1.4.39", "joblib", SKLEARN),
        prepare=_program("bento_service.py"),
    ),
    _scripted("LitServe, batching", "litserve_server.py", "litserve==0.2.19"),
    _scripted("Ray Serve, batching", "ray_server.py", "ray[serve]==2.60.0"),
)
ONNX_PEERS = (
    _mlserver_target("MLServer, ONNX", rows=1, onnx=True),
    _mlserver_target("MLServer, ONNX, batching", rows=64, onnx=True),
    Target(
        name="Triton, ONNX, batching",
        path=INFER,
        bodies=v2_single_bodies,
        command=lambda python, _folder, port: [str(python), "triton_server.py", str(port)],
        packages=("nvidia-pytriton==0.7.0", ONNXRUNTIME),
        python="/usr/bin/python3.11",  # the binary is linked against this build of Python and no other
        prepare=_program("triton_server.py"),
        model="onnx",
    ),
)
