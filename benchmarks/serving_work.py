"""Rows of the serving table that are not requests in turn: files, environments, verdicts."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.report import Row
from benchmarks.serving_models import write_csv
from benchmarks.serving_processes import THREADS, CannotRun, environment
from benchmarks.serving_targets import MLFLOW
from modelwright.serving.model import Runtime
from modelwright.serving.node.environments import Environments
from modelwright.serving.node.package import read_package
from modelwright.serving.rollouts.machine import Phase
from tests.serving.rollouts.plans import MINUTE
from tests.serving.rollouts.test_simulations import DRIFTS, rollout, steady

Tell = Callable[[str], None]
CSV_ROWS = 100_000
COMMAND_S = 300.0
# scikit-learn and all it needs.
LOCKED = ("numpy", "scikit-learn", "scipy", "joblib", "threadpoolctl", "narwhals", "cloudpickle")


def _seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    environ = {**os.environ, **THREADS}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=COMMAND_S, check=False
    )
    if done.returncode:
        raise CannotRun(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")
    return time.perf_counter() - began


def batch(models: Path, rounds: int, tell: Tell) -> Iterator[Row]:
    """A CSV file of 100,000 rows through the forest, each from a fresh process to the answers on the disk."""
    tell(f"batch: a CSV file of {CSV_ROWS:,} rows")
    work = models / "batch"
    work.mkdir()
    write_csv(work / "in.csv", CSV_ROWS)
    mlflow = environment(MLFLOW.packages or (), MLFLOW.python).with_name("mlflow")
    found: dict[str, list[float]] = {"auto": [], "native": [], "mlflow": []}

    def once(engine: str) -> float:
        target = work / f"{engine}.parquet"
        target.unlink(missing_ok=True)
        program = [sys.executable, "-m", "benchmarks.serving_batch", str(models / "plain"), str(work / "in.csv")]
        return _seconds([*program, str(target), str(work / "home"), engine], Path.cwd())

    once("auto")  # the conversion to ONNX, which is made once for a version
    for _ in range(rounds):
        for engine in ("auto", "native"):
            found[engine].append(once(engine))
        command = [str(mlflow), "models", "predict", "-m", str(models / "plain"), "-i", str(work / "in.csv")]
        command += ["-o", str(work / "out.json"), "-t", "csv", "--env-manager", "local"]
        found["mlflow"].append(_seconds(command, work))
    for name, engine, times in (("", "auto", 4.0), (", plain scikit-learn", "native", 2.0)):
        yield Row(
            name=f"batch CSV, {CSV_ROWS:,} rows{name}",
            unit="s",
            ours=found[engine],
            theirs=found["mlflow"],
            more_is_better=False,
            times=times,
            peer="mlflow models predict",
        )


def from_lock(models: Path, rounds: int, tell: Tell) -> Iterator[Row]:
    """An environment from a lock, with everything already in the caches, against venv and pip."""
    tell("environment from a lock, warm, against pip")
    if "UV" in os.environ:  # the one that runs us: what PATH has first may be a version manager's script around it
        os.environ["PATH"] = f"{Path(os.environ['UV']).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(dir=models) as kept:
        folder = Path(kept) / "version"
        shutil.copytree(models / "plain", folder)
        lock = subprocess.run(
            ["uv", "pip", "freeze", "--python", sys.executable], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        chosen = [line for line in lock if line.partition("==")[0] in LOCKED]
        (folder / "requirements.txt").write_text("\n".join(chosen) + "\n")

        def ours() -> float:
            home = Path(tempfile.mkdtemp(dir=kept))
            began = time.perf_counter()
            asyncio.run(Environments(home).python_for(read_package(folder), Runtime.SKLEARN, "requirements.txt"))
            return time.perf_counter() - began

        def pip() -> float:
            home = tempfile.mkdtemp(dir=kept)
            made = _seconds([sys.executable, "-m", "venv", home], Path(kept))
            install = [f"{home}/bin/python", "-m", "pip", "install", "-q", "-r", str(folder / "requirements.txt")]
            return made + _seconds(install, Path(kept))

        ours(), pip()
        found = [(ours(), pip()) for _ in range(rounds)]
    yield Row(
        name="environment from a lock, warm",
        unit="s",
        ours=[mine for mine, _ in found],
        theirs=[other for _, other in found],
        more_is_better=False,
        times=20.0,
        at_most=1.0,
        peer="venv and pip",
    )


def verdicts(runs: int, tell: Tell) -> Iterator[Row]:
    """Made-up rollouts at 1,000 requests a minute: how often the verdict is wrong, and how soon it is right."""
    tell("verdicts of rollouts, on made-up traffic")
    doubled = [
        rollout(seed, control=steady(0.01), candidate=steady(0.02), steps=(0.1, 0.3, 1.0)) for seed in range(runs)
    ]
    promoted = 100 * sum(one.phase is Phase.PROMOTED for one in doubled) / runs
    yield _verdict("canary with a doubled error rate, promoted", "%", promoted, 1.0)
    equal = [
        rollout(seed, control=rate, candidate=rate, steps=(0.05, 0.25, 1.0))
        for rate in DRIFTS.values()
        for seed in range(runs // len(DRIFTS))
    ]
    rolled_back = 100 * sum(one.phase is Phase.ROLLED_BACK for one in equal) / len(equal)
    yield _verdict("equal canary under drift, rolled back", "%", rolled_back, 5.0)
    worse = [rollout(seed, control=steady(0.01), candidate=steady(0.03), steps=(0.1, 1.0)) for seed in range(runs // 4)]
    minutes = [one.entered_ms / MINUTE if one.phase is Phase.ROLLED_BACK else np.inf for one in worse]
    yield _verdict("canary with 2 points more errors, found (median)", "min", statistics.median(minutes), 15.0)


def _verdict(name: str, unit: str, value: float, at_most: float) -> Row:
    return Row(name=name, unit=unit, ours=[value], theirs=[], more_is_better=False, at_most=at_most)
