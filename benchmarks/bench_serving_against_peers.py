"""How many predictions a second, ours and others', on the same model files: `make bench-serving`, or `python -m
benchmarks.bench_serving_against_peers --quick --peers mlserver,litserve`.

Each peer runs in an environment of its own that uv builds once under the user's cache. Ours and one peer are up
together and are loaded in turn, so that they share whatever else the machine does; figures are medians over the
rounds. A peer that does not run here is named with its reason, and the others go on.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnxruntime
import sklearn
from rich.console import Console

from benchmarks import report, serving_work
from benchmarks.report import Row
from benchmarks.serving_models import train, write, write_bad, write_onnx
from benchmarks.serving_processes import CannotRun
from benchmarks.serving_rollback import rollback
from benchmarks.serving_rows import Contest, Plan, against_peers, brief, crowd, own_costs, start
from benchmarks.serving_targets import AUTO, NATIVE, ONNX, ONNX_PEERS, PEERS, Target

STAGES = ("forest", "onnx", "logistic", "own", "crowd", "start", "batch", "lock", "rollback", "verdicts")
FOREST = Contest(
    work="forest, 1 row, everything on",
    ours=AUTO,
    times={"MLflow": 100, "MLServer": 12, "BentoML": 25, "LitServe": 20, "Ray": 60},
    p99_ms=20.0,
)
PLAIN = Contest(
    work="forest, plain scikit-learn predict",
    ours=NATIVE,
    times={"MLflow": 20, "MLServer": 3, "BentoML": 3, "LitServe": 3, "Ray": 3},
)
SAME_FILE = Contest(work="forest, the same ONNX file", ours=ONNX, times={"MLServer": 8, "Triton": 3.5})
LOGISTIC = Contest(
    work="logistic regression",
    ours=AUTO,
    times={"MLflow": 15, "MLServer": 8, "BentoML": 8, "LitServe": 8, "Ray": 8},
)


def stages(plan: Plan, peers: str, tell: Callable[[str], None]) -> dict[str, Callable[[Path, Path], Iterator[Row]]]:
    """Every stage by name: a function of the folders with the forest's and the regression's files."""
    some, some_onnx = _chosen(PEERS, peers), _chosen(ONNX_PEERS, peers)
    return {
        "forest": lambda forest, _: against_peers([FOREST, PLAIN], some, forest, plan, tell),
        "onnx": lambda forest, _: against_peers([SAME_FILE], some_onnx, forest, plan, tell),
        "logistic": lambda _, logistic: against_peers([LOGISTIC], some, logistic, plan, tell),
        "own": lambda forest, _: own_costs(forest, plan, tell),
        "crowd": lambda forest, _: crowd(forest, plan, tell),
        "start": lambda forest, _: start(forest, plan, tell),
        "batch": lambda forest, _: serving_work.batch(forest, min(plan.rounds, 2), tell),
        "lock": lambda forest, _: serving_work.from_lock(forest, 1, tell),
        "rollback": lambda _forest, _logistic: rollback(max(plan.rounds, 3), tell),
        "verdicts": lambda _forest, _logistic: serving_work.verdicts(40 * plan.rounds, tell),
    }


def _chosen(peers: tuple[Target, ...], words: str) -> list[Target]:
    return [one for one in peers if any(word.strip() in one.name.lower() for word in words.lower().split(","))]


def measure(plan: Plan, chosen: list[str], peers: str, tell: Callable[[str], None]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as kept:
        forest, logistic = Path(kept) / "forest", Path(kept) / "logistic"
        _write_models(forest, logistic)
        every = stages(plan, peers, tell)
        for name in chosen:
            began = time.perf_counter()
            try:
                yield from every[name](forest, logistic)
            except (CannotRun, OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
                tell(f"stage {name} stopped: {error}")
                why = brief(f"{type(error).__name__}: {error}")
                yield Row(name=f"stage {name}", unit="", ours=[], theirs=[], more_is_better=True, missing=why)
            tell(f"stage {name} took {time.perf_counter() - began:.0f} s")


def _write_models(forest: Path, logistic: Path) -> None:
    for folder, kind in ((forest, "forest"), (logistic, "logistic")):
        model = train(kind)
        write(folder / "plain", model)
        write(folder / "tensor", model, tensor=True)
        write_onnx(folder / "onnx", model)
    write_bad(forest / "bad")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of one second: for a look, not a quotation")
    parser.add_argument("--peers", default="", help="only peers whose name contains one of these words (a,b,c)")
    parser.add_argument("--stages", default=",".join(STAGES), help="only these stages (a,b,c)")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int)
    options = parser.parse_args()
    chosen = options.stages.split(",")
    if unknown := sorted(set(chosen) - set(STAGES)):
        sys.exit(f"no stages {unknown}; there are {', '.join(STAGES)}")
    rounds = options.rounds or (1 if options.quick else 3)
    plan = Plan(rounds=rounds, seconds=options.seconds or (1 if options.quick else 2))
    console = Console(width=160)
    began = time.perf_counter()
    rows: list[Row] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for row in measure(plan, chosen, options.peers, console.print):
            rows.append(row)
            console.print("  " + " | ".join(cell for cell in row.cells() if cell), highlight=False, markup=False)
    except KeyboardInterrupt:
        console.print("stopped; what is measured is kept")
    libraries = {"scikit-learn": sklearn, "onnxruntime": onnxruntime, "numpy": np}
    facts = {
        **report.machine(),
        "load": "wrk, 64 connections, 1 row per request, " + f"{plan.rounds} rounds of {plan.seconds} s in turn",
        "libraries": ", ".join(f"{name} {one.__version__}" for name, one in libraries.items()),
        "peers": "; ".join(sorted({one.packages[0] for one in (*PEERS, *ONNX_PEERS) if one.packages})),
        "took": f"{time.perf_counter() - began:.0f} s",
    }
    report.show(rows, facts, report.SERVING)
    report.write("serving" + ("_quick" if options.quick else ""), rows, facts, report.SERVING)


if __name__ == "__main__":
    main()
