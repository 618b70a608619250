"""The interpreter a model runs in: the node's own when it has the recorded library version, else one uv makes."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import yaml

from modelwright.core.errors import StorageFull, Unavailable
from modelwright.serving.model import Runtime
from modelwright.serving.node.package import Package

# The flavour key under which MLflow records the library's version, and the distribution's name.
_RECORDED: dict[Runtime, tuple[str, str, str]] = {
    Runtime.SKLEARN: ("sklearn", "sklearn_version", "scikit-learn"),
    Runtime.XGBOOST: ("xgboost", "xgb_version", "xgboost"),
    Runtime.LIGHTGBM: ("lightgbm", "lgb_version", "lightgbm"),
    Runtime.CATBOOST: ("catboost", "catboost_version", "catboost"),
    Runtime.ONNX: ("onnx", "onnx_version", "onnxruntime"),
    Runtime.TORCH: ("pytorch", "pytorch_version", "torch"),
    Runtime.H2O: ("h2o", "h2o_version", "h2o"),
}
# Formats that newer releases of their library read as well; a pickle is only sure in the version that wrote it.
_STABLE = frozenset({Runtime.XGBOOST, Runtime.LIGHTGBM, Runtime.CATBOOST, Runtime.ONNX})
# Formats of scikit-learn models that need a library of their name to be opened.
_WRITERS = frozenset({"skops", "cloudpickle"})
# What a worker needs that MLflow's lists of requirements do not name: they name what it imports, and leave numpy, in
# which workers speak, to the others.
_NUMPY = "numpy"
_BESIDE = {Runtime.H2O: ("jpype1",)}
REQUIREMENTS = "requirements.txt"
FROM_SOURCE = "MODELWRIGHT_BUILD_FROM_SOURCE"
BUILD_S = 600.0
_LOOK_S = 0.2
# How uv says that a package has no wheel for us while nothing may be built.
_NO_WHEEL = re.compile(rb"no-build|no usable wheels|building (from )?source|source distribution", re.IGNORECASE)
# How uv, which is written in Rust, passes on ENOSPC and EDQUOT.
_NO_ROOM = (b"(os error 28)", b"(os error 122)")
# A requirement that leaves no choice: name, extras, ==, version; then a condition or the hashes of its files.
_EXACT = re.compile(r"(?P<name>[\w.-]+)(\[[^\]]*\])?\s*==\s*[\w.!+-]+(\s*;.*|\s+--hash=.*)?$", re.ASCII)


class Environments:
    """Builds environments under `folder`, one per set of requirements and Python version, and keeps them.

    `ready` is the interpreter of an environment that somebody has made for all versions here, as a bundle brings one;
    nothing is built then. `clean` builds one even where the node's own would do. Nothing is built from source, which
    would run code of packages with the node's rights: unless that is allowed by `from_source`, or, where it is None, by
    `MODELWRIGHT_BUILD_FROM_SOURCE=1` in the node's own environment.
    """

    def __init__(
        self, folder: Path, *, ready: Path | None = None, clean: bool = False, from_source: bool | None = None
    ) -> None:
        self._folder = folder
        self._ready = ready
        self._clean = clean
        allowed = os.environ.get(FROM_SOURCE) == "1" if from_source is None else from_source
        self._more = () if allowed else ("--no-build",)
        self._locks: dict[str, asyncio.Lock] = {}

    async def python_for(self, package: Package, runtime: Runtime, lock: str | None, *, own: bool = True) -> Path:
        """The interpreter for this version: the node's where it will do, unless that is not wanted as its `own`.

        Raises Unavailable with uv's own words when it cannot be built, and StorageFull when this node has no room for
        it.
        """
        if self._ready is not None:
            return self._ready
        if own and lock is None and not self._clean and _own_fits(package, runtime):
            return Path(sys.executable)
        requirements = package.file(lock or REQUIREMENTS)
        return await self._built(requirements, python_version(package), (_NUMPY, *beside(runtime)))

    async def _built(self, requirements: Path, version: str, needs: tuple[str, ...]) -> Path:
        wanted = await asyncio.to_thread(requirements.read_bytes)
        told = " ".join([version, *needs[1:]])
        digest = hashlib.sha256(told.encode() + b"\0" + wanted).hexdigest()[:24]
        home = self._folder / digest
        python = home / "bin" / "python"
        async with self._locks.setdefault(digest, asyncio.Lock()):
            if await asyncio.to_thread((home / "complete").exists):
                return python
            uv = find_uv()
            self._folder.mkdir(parents=True, exist_ok=True)
            async with _alone(self._folder / f"{digest}.lock") as held:
                await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)
                await _run(held, uv, "venv", "--quiet", "--python", _interpreter(version), str(home))
                install = (uv, "pip", "install", "--quiet", "--python", str(python), *self._more)
                install = (*install, "-r", str(requirements))
                if not (names_everything(wanted, needs) and await _from_cache(held, uv, python, install)):
                    await _run(held, *install, *needs)
                await asyncio.to_thread((home / "complete").touch)
            return python


def beside(runtime: Runtime) -> tuple[str, ...]:
    """Packages that a worker of this runtime imports, and that a version's requirements need not name."""
    return _BESIDE.get(runtime, ())


def names_everything(requirements: bytes, needs: tuple[str, ...] = (_NUMPY,)) -> bool:
    """Whether a list has exact versions only, of `needs` too; it may still leave out what those need themselves.

    Lists with options (another index, a file, a folder) are left to uv.
    """
    text = requirements.decode(errors="replace").replace("\\\n", " ")
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = [_EXACT.match(line) for line in lines if line]
    names = {one["name"].lower() for one in found if one is not None}
    return None not in found and names.issuperset(needs)


async def _from_cache(held: int, uv: str, python: Path, install: tuple[str, ...]) -> bool:
    """Whether all that the list names was at hand, and nothing is missing beside it: no index needs to be asked."""
    try:
        await _run(held, *install, "--offline", "--no-deps")
        await _run(held, uv, "pip", "check", "--quiet", "--python", str(python))
    except Unavailable:
        return False
    return True


@contextlib.asynccontextmanager
async def _alone(path: Path) -> AsyncIterator[int]:
    """A descriptor that only one process has locked, and whoever inherits it from that one.

    A node that was killed may have left a uv behind that is still writing: the next one waits for its end.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOOK_S)
        yield descriptor
    finally:
        os.close(descriptor)


def _own_fits(package: Package, runtime: Runtime) -> bool:
    recorded = _RECORDED.get(runtime)
    if recorded is None:
        return importlib.util.find_spec("mlflow") is not None and not (package.root / REQUIREMENTS).exists()
    flavor, key, distribution = recorded
    try:
        have = importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    about = package.flavors.get(flavor, {})
    written_with = about.get("serialization_format")
    if written_with in _WRITERS and importlib.util.find_spec(written_with) is None:
        return False
    wanted = about.get(key)
    return wanted is None or runtime in _STABLE or wanted == have


def _interpreter(version: str) -> str:
    """What uv makes the environment with: this very Python where it is of that version, so that uv need not search."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    return sys.executable if version == own else version


def find_uv() -> str:
    """Raises Unavailable when there is none."""
    found = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if found is None:
        raise Unavailable("the version needs an environment of its own, and there is no uv on PATH to build it")
    return found


def python_version(package: Package) -> str:
    """The Python that the version was made with, such as 3.11; this one when it does not say."""
    recorded = package.flavors.get("python_function", {}).get("python_version")
    if isinstance(recorded, str):
        return ".".join(recorded.split(".")[:2])
    path = package.root / "python_env.yaml"
    if path.is_file():
        document: Any = yaml.safe_load(path.read_text("utf-8"))
        if isinstance(document, dict) and isinstance(document.get("python"), str):
            return ".".join(document["python"].split(".")[:2])
    return f"{sys.version_info.major}.{sys.version_info.minor}"


async def _run(held: int, *command: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        pass_fds=[held],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(BUILD_S):
            said, _ = await process.communicate()
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise Unavailable(f"building the environment took more than {BUILD_S:.0f} s") from None
        raise
    if process.returncode and any(words in said for words in _NO_ROOM):
        raise StorageFull("this node has no room for the environment; free some, and it is built")
    if process.returncode:
        words = said.decode(errors="replace").strip()[-1500:]
        if "--no-build" in command and _NO_WHEEL.search(said):
            words += (
                "\nWhat has no wheel would run its own build with this node's rights. Give the version a requirement "
                f"that has a wheel, or start the node with {FROM_SOURCE}=1 to allow such builds."
            )
        raise Unavailable(f"the environment cannot be built: {words}")
