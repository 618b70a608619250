"""Stands in for `mlflow.pyfunc` in the environment of a model whose every step the test decides on.

Put there by `held_uv.sh`. `GATES` is a folder that the worker's sandbox leaves open.
"""

import time
from pathlib import Path

import numpy as np

GATES = Path("@GATES@")


def through(gate: str) -> None:
    """Say that one stands here; go on when the test opens."""
    (GATES / f"{gate}.reached").touch()
    while not (GATES / f"{gate}.open").exists():
        time.sleep(0.01)


class Model:
    """Answers every row with its version's number; a row that begins with -1 waits at a gate first."""

    def __init__(self, value: float) -> None:
        self.value = value

    def predict(self, rows: np.ndarray) -> np.ndarray:
        if len(rows) and rows[0][0] < 0:
            through("predict")
        return np.full(len(rows), self.value)


def load_model(root: str) -> Model:
    through("load")
    return Model(float(Path(root, "value.txt").read_text()))
