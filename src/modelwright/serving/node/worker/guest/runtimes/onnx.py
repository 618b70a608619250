"""ONNX Runtime in a worker, for graphs that shall not share the node's process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from ..inputs import Inputs
from ..outputs import Outputs, array_of


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> OnnxModel:
    del options  # nothing to choose
    return OnnxModel(str(Path(root) / flavor.get("data", "model.onnx")), inputs)


class OnnxModel:
    engine = "onnx"

    def __init__(self, path: str, inputs: Inputs) -> None:
        ort.disable_telemetry_events()
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = 1
        settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.original = ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        self._inputs = inputs
        given = self.original.get_inputs()
        self._types = {one.name: _dtype(one.type) for one in given}
        self._names = [one.name for one in self.original.get_outputs()]
        self.mixes = not any(isinstance((one.shape or ["n"])[0], int) for one in given)
        self.described: dict[str, Any] = {}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del more, params  # a graph's outputs are all part of its answer
        if len(self._types) == 1:
            feeds = {next(iter(self._types)): self._inputs.matrix(table)}
        elif self._inputs.tensors:
            feeds = self._inputs.named(table)
        else:
            columns = {
                str(self._inputs.names[index]): array[:, place : place + 1]
                for group, array in zip(self._inputs.groups, table, strict=True)
                for place, index in enumerate(group)
            }
            feeds = {name: columns[name] for name in self._types}
        typed = {name: _typed(array, self._types[name]) for name, array in feeds.items()}
        return Outputs(self._names, [array_of(one) for one in self.original.run(None, typed)])


def _typed(array: np.ndarray, dtype: str) -> np.ndarray:
    if dtype != "object":
        return array.astype(dtype, copy=False)
    # ONNX Runtime takes bytes for the text that Python shows of them.
    texts = [one.decode() if isinstance(one, bytes) else one for one in array.reshape(-1).tolist()]
    return np.array(texts, dtype=object).reshape(array.shape)


def _dtype(name: str) -> str:
    element = name.removeprefix("tensor(").removesuffix(")")
    return {"float": "float32", "double": "float64", "string": "object", "bool": "bool"}.get(element, element)
