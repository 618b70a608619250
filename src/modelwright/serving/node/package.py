"""A version's folder, which is MLflow's model layout: what `MLmodel` says, read without running anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from modelwright.core.errors import BadInput
from modelwright.serving.model import Runtime
from modelwright.serving.node.mojo import mojo_in, signature_of
from modelwright.serving.node.signature import Signature, from_mlmodel

MLMODEL = "MLmodel"
_MLMODEL_BYTES = 16 * 1024 * 1024

# The flavours that a runtime of ours opens itself, fastest and safest first. All others go through python_function.
_FLAVORS = {
    "onnx": Runtime.ONNX,
    "xgboost": Runtime.XGBOOST,
    "lightgbm": Runtime.LIGHTGBM,
    "catboost": Runtime.CATBOOST,
    "sklearn": Runtime.SKLEARN,
    "pytorch": Runtime.TORCH,
    "h2o": Runtime.H2O,
}


_NAMES = {runtime: name for name, runtime in _FLAVORS.items()} | {Runtime.PYFUNC: "python_function"}


def flavor_of(runtime: Runtime) -> str:
    """The flavour in MLmodel that a runtime opens."""
    return _NAMES[runtime]


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """`flavors` are MLmodel's, by name. `signature` is None when the model was logged without one and its own file
    does not tell either.
    """

    root: Path
    flavors: dict[str, dict[str, Any]]
    signature: Signature | None

    def runtime(self, wanted: Runtime) -> Runtime:
        """The runtime to open this with; raises BadInput when there is none, or not the wanted one."""
        if wanted is Runtime.PYFUNC and "python_function" in self.flavors:
            if self.flavors.get("sklearn", {}).get("serialization_format") == "skops":
                raise BadInput(
                    "mlflow would trust the types that this skops file names itself; leave the runtime to the node, "
                    "which trusts those of its own policy"
                )
            return wanted
        found = next((runtime for name, runtime in _FLAVORS.items() if name in self.flavors), None)
        if found is None and "python_function" in self.flavors:
            found = Runtime.PYFUNC
        if found is None or wanted not in {Runtime.AUTO, found}:
            raise BadInput(f"the version has the flavours {sorted(self.flavors)}; none of them opens with {wanted}")
        return found

    def file(self, relative: str) -> Path:
        """A file of the version by the path its MLmodel gives; raises BadInput when that leads outside or nowhere."""
        path = (self.root / relative).resolve()
        if not path.is_relative_to(self.root.resolve()) or not path.exists():
            raise BadInput(f"MLmodel names {relative!r}, which is not in the version")
        return path


def read_package(root: Path) -> Package:
    """Read the folder's MLmodel; raises BadInput, naming the fault."""
    path = root / MLMODEL
    if not path.is_file():
        raise BadInput(f"the version has no {MLMODEL} file at its top; log it with a flavour of MLflow or with our SDK")
    if path.stat().st_size > _MLMODEL_BYTES:
        raise BadInput(f"{MLMODEL} has {path.stat().st_size} bytes; the limit is {_MLMODEL_BYTES}")
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{MLMODEL} is not YAML: {error}") from error
    flavors = document.get("flavors") if isinstance(document, dict) else None
    if not isinstance(flavors, dict) or not all(isinstance(one, dict) for one in flavors.values()):
        raise BadInput(f"{MLMODEL} has no flavors")
    signature = from_mlmodel(document)
    if signature is None and _NAMES[Runtime.H2O] in flavors:
        signature = signature_of(mojo_in(root))
    return Package(root=root, flavors=flavors, signature=signature)
