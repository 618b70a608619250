"""PyTorch as MLflow lays it out: a graph of `torch.export`, TorchScript, a pickled module, or a state with its code.

The state (`state` in the flavour, with `factory`, the `module:function` that builds the module it belongs to) is the
one form of these whose file cannot run code; its code is plain files of the version, under `code`.
"""

from __future__ import annotations

import importlib
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..inputs import Inputs
from ..outputs import Outputs, read

_EXPORTED, _PICKLED = "model.pt2", "model.pth"


def load(root: str, flavor: dict[str, Any], inputs: Inputs, options: dict[str, Any]) -> TorchModel:
    del options  # nothing to choose
    torch.set_num_threads(1)
    folder = Path(root)
    if flavor.get("code"):
        sys.path.insert(0, str(folder / flavor["code"]))
    if flavor.get("state"):
        return TorchModel(_from_state(folder, flavor), inputs, mixes=True)
    data = folder / flavor.get("model_data", "data")
    if data.is_dir():
        data = data / (_EXPORTED if (data / _EXPORTED).exists() else _PICKLED)
    if data.suffix == ".pt2":
        program = torch.export.load(data)
        # Without a range the graph takes the number of rows that it was traced with, and no other.
        return TorchModel(program.module(), inputs, mixes=bool(program.range_constraints))
    return TorchModel(_script_or_pickle(data).eval(), inputs, mixes=True)


def _from_state(folder: Path, flavor: dict[str, Any]) -> Any:
    module, _, name = str(flavor["factory"]).partition(":")
    model = getattr(importlib.import_module(module), name)()
    model.load_state_dict(torch.load(folder / flavor["state"], map_location="cpu", weights_only=True))
    return model.eval()


def _script_or_pickle(path: Path) -> Any:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            # Both forms are archives; only TorchScript keeps its constants apart.
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                return torch.jit.load(path, map_location="cpu")
    named = path.with_name("pickle_module_info.txt")
    module = importlib.import_module(named.read_text().strip()) if named.exists() else pickle
    # Inside the sandbox, which is what it is for.
    return torch.load(path, map_location="cpu", pickle_module=module, weights_only=False)


class TorchModel:
    """Tables of columns are given as one float32 matrix and answered as a table, as MLflow does."""

    engine = "native"

    def __init__(self, model: Any, inputs: Inputs, *, mixes: bool) -> None:
        self.original = model
        self.mixes = mixes
        self._inputs = inputs
        self.described: dict[str, Any] = {"probe": mixes}

    def predict(self, table: list[np.ndarray], *, more: bool, params: dict[str, Any] | None) -> Outputs:
        del more, params  # a module has one answer and takes no params
        with torch.no_grad():
            if not self._inputs.known:
                found = self.original(_tensor(table[0]))
            elif not self._inputs.tensors:
                return _as_table(self.original(_tensor(self._inputs.matrix(table).astype(np.float32))))
            elif len(table) == 1:
                found = self.original(_tensor(table[0]))
            else:
                found = self.original(**{name: _tensor(array) for name, array in self._inputs.named(table).items()})
        if isinstance(found, (tuple, list)):
            found = {f"output_{place}": one for place, one in enumerate(found)}
        if isinstance(found, dict):
            found = {name: one.detach().numpy() for name, one in found.items()}
        return read(found, len(table[0]))


def _tensor(array: np.ndarray) -> Any:
    # Frames are read-only, and torch warns of (and would write through) what it cannot own.
    return torch.from_numpy(np.array(array, copy=True))


def _as_table(found: Any) -> Outputs:
    array = found.detach().numpy()
    columns = array[:, None] if array.ndim == 1 else array
    names = [str(place) for place in range(columns.shape[1])]
    return Outputs(names, [columns[:, place] for place in range(columns.shape[1])], frame=True)
