"""The portable bundle: a version in MLflow's layout, the code that answers for it, its lock, and what all that is.

manifest.json      the version, its signature and example, and every other file with its digest
model/             the version's files as they were registered; `mlflow.pyfunc.load_model` opens this folder
runtime/           our node, without server and database
requirements.lock  every package with version and hashes
run                makes the environment once with uv, then answers
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import IO, Any

import msgspec
import yaml

from modelwright import __version__
from modelwright.core.errors import BadInput, Unavailable
from modelwright.serving.model import Runtime
from modelwright.serving.node.environments import REQUIREMENTS, beside, find_uv, python_version
from modelwright.serving.node.package import MLMODEL, Package, read_package
from modelwright.serving.node.proving import EXAMPLE
from modelwright.serving.packing.archive import Entry, tree

FORMAT = "modelwright-bundle/1"
_HOUSE = Path(__file__).parents[2]
# All that the node imports of ours; a test starts it from these files alone.
_RUNTIME = (
    "__init__.py",
    "core/__init__.py",
    "core/deferred.py",
    "core/errors.py",
    "core/heads.py",
    "core/sites.py",
    "serving/__init__.py",
    "serving/model.py",
)
_NEEDS = frozenset({"httptools", "msgspec", "numpy", "prometheus-client", "pyyaml", "uvloop"})
_ENTRY = "modelwright.serving.node.alone"


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is about to be packed. `folder` holds its files, `manifest` is their digest in the registry."""

    version: str
    manifest: str
    folder: Path
    lock: bytes

    @property
    def package(self) -> Package:
        return read_package(self.folder)

    @property
    def python(self) -> str:
        """Such as 3.11."""
        return python_version(self.package)

    def entries(self) -> dict[str, Entry]:
        """Everything in the bundle, by its path there."""
        found = {
            **tree(self.folder, "model"),
            **runtime("runtime"),
            "requirements.lock": Entry(content=self.lock),
            "run": Entry(content=self._run(), mode=0o755),
        }
        return {"manifest.json": Entry(content=self._manifest(found)), **found}

    def _manifest(self, found: dict[str, Entry]) -> bytes:
        document = yaml.safe_load((self.folder / MLMODEL).read_text("utf-8"))
        said = {
            "format": FORMAT,
            "version": self.version,
            "manifest": self.manifest,
            "software": __version__,
            "python": self.python,
            "signature": document.get("signature"),
            "example": f"model/{EXAMPLE}" if (self.folder / EXAMPLE).is_file() else None,
            "files": [_described(path, entry) for path, entry in sorted(found.items())],
        }
        return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"

    def _run(self) -> bytes:
        name = self.version.partition(":")[0]
        return f"""#!/bin/sh
# Make the environment once, then answer at http://127.0.0.1:8080; ./run --help says what can be chosen.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -e "$here/.venv/complete" ]; then
  uv venv --quiet --clear --python {self.python} "$here/.venv"
  uv pip install --quiet --python "$here/.venv/bin/python" --require-hashes -r "$here/requirements.lock"
  touch "$here/.venv/complete"
fi
PYTHONPATH="$here/runtime" exec "$here/.venv/bin/python" -m {_ENTRY} "$here/model" --name {name} "$@"
""".encode()


def runtime(under: str) -> dict[str, Entry]:
    """Our node's code below `under`."""
    paths = [*(_HOUSE / name for name in _RUNTIME), *sorted((_HOUSE / "serving" / "node").rglob("*.py"))]
    return {f"{under}/modelwright/{path.relative_to(_HOUSE).as_posix()}": Entry(source=path) for path in paths}


def lock(folder: Path) -> bytes:
    """The version's requirements and the node's, resolved by uv, each package with its hashes.

    Raises BadInput when the version has no requirements, and Unavailable with uv's own words.
    """
    path = folder / REQUIREMENTS
    if not path.is_file():
        raise BadInput(f"the version has no {REQUIREMENTS}, so nobody can know what it needs; log it with one")
    package = read_package(folder)
    opened = package.runtime(Runtime.AUTO)
    wanted = [path.read_text("utf-8"), *_needs(onnx=opened is Runtime.ONNX), *beside(opened)]
    command = [str(find_uv()), "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate"]
    options = ["--no-build", "--python-version", python_version(package), "-"]
    done = subprocess.run(  # noqa: S603 - our own words
        [*command, *options], input="\n".join(wanted).encode(), capture_output=True, check=False
    )
    if done.returncode:
        raise Unavailable(f"the requirements cannot be locked: {done.stderr.decode(errors='replace').strip()[-1500:]}")
    return done.stdout


def _needs(*, onnx: bool) -> list[str]:
    """What our node itself imports, within the bounds that this release was tested with."""
    listed = [line for line in requires("modelwright") or [] if "extra ==" not in line]
    found = [line for line in listed if _name(line) in _NEEDS]
    return [*found, "onnxruntime"] if onnx else found


def _name(requirement: str) -> str:
    length = next((i for i, letter in enumerate(requirement) if letter in "<>=!~;[ "), len(requirement))
    return requirement[:length].lower()


def _described(path: str, entry: Entry) -> dict[str, Any]:
    content = entry.content if entry.content is not None else (entry.source or Path(path)).read_bytes()
    return {"path": path, "digest": f"sha256:{hashlib.sha256(content).hexdigest()}", "size_bytes": len(content)}


def digest_of(file: IO[bytes]) -> str:
    return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"  # type: ignore[arg-type]  # as open() gives it


def check_python(bundle: Bundle) -> None:
    """Raises BadInput when this interpreter is not of the version's Python, so that it could not be copied for it."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if bundle.python != here:
        raise BadInput(
            f"{bundle.version} was made with Python {bundle.python}, and this is {here}, whose interpreter would go "
            f"into the image; run `modelwright package` under Python {bundle.python}"
        )
