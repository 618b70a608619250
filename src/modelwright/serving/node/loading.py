"""From a version's folder on disk to a runner: which runtime, which engine, inside the node or in a worker."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from modelwright.core.errors import BadInput, ModelwrightError, Unavailable
from modelwright.serving.model import Engine, Isolation, Parity, Route, Runtime
from modelwright.serving.node.environments import REQUIREMENTS, Environments
from modelwright.serving.node.files import digest_of, write_whole
from modelwright.serving.node.mojo import mojo_in
from modelwright.serving.node.package import Package, flavor_of, read_package
from modelwright.serving.node.replicas import Replicated
from modelwright.serving.node.resident import machine_bytes
from modelwright.serving.node.runners import LocalRunner, Predictor, Runner
from modelwright.serving.node.runtimes.forest import Forest
from modelwright.serving.node.runtimes.named import Named, NamedPredictor
from modelwright.serving.node.runtimes.onnx import Converted, ConvertedPredictor, ForestPredictor, OnnxPredictor
from modelwright.serving.node.tables import OpenSchema, Schema, Table
from modelwright.serving.node.threads import Threads
from modelwright.serving.node.worker.once import asked_once
from modelwright.serving.node.worker.process import Program, Worker
from modelwright.serving.node.worker.remote import RemoteRunner, output_column
from modelwright.serving.node.worker.scratch import scratch_bytes

T = TypeVar("T")

_log = logging.getLogger(__name__)
_CONVERTED = "model.onnx"
_EVIDENCE = "evidence.json"
_TREES = "trees.npz"
# Grows with what is kept of a conversion and with how one is found: what an earlier release kept may lack what this one
# reads, and what could not be proven then may be provable now.
_GENERATION = "8"
# A conversion that came to nothing is tried again after a day.
_AGAIN_S = 24 * 3600.0
WORKERS = "workers"
CONVERTIBLE = frozenset({Runtime.SKLEARN, Runtime.LIGHTGBM, Runtime.XGBOOST})
# Libraries whose models a worker reads from the inside.
_READABLE = CONVERTIBLE | {Runtime.CATBOOST}


class Evidence(Parity, frozen=True, kw_only=True, omit_defaults=True):
    """The parity, and what the conversion's answers are to be read by.

    Kept without what is as ever: JSON has no word for a `reach` without end.
    """

    takes_missing: bool = False
    # No number that is farther from zero is answered.
    reach: float = float("inf")
    outputs: tuple[tuple[str, str, list[int]], ...] = ()
    classes: tuple[int | float | str | bool, ...] = ()
    # Of a graph with an input per column: see `Named`.
    columns: tuple[int, ...] = ()
    graph: tuple[int, ...] = ()
    missing: str = ""
    refused: tuple[tuple[int, tuple[str, ...]], ...] = ()
    known: tuple[tuple[int, tuple[int | float | str, ...]], ...] = ()
    # Of the files beside it, by name: what a disk has made of them since is not opened.
    digests: tuple[tuple[str, str], ...] = ()
    # How long was waited for a conversion that did not come; 0 where it was not that.
    waited_s: float = 0.0


class Conversion(msgspec.Struct, frozen=True):
    """What a worker gave: the ONNX file, its evidence, and trees as arrays where they break ties."""

    evidence: Evidence
    content: bytes = b""
    trees: dict[str, np.ndarray] = {}


class Shares(msgspec.Struct, frozen=True):
    """An answer in parts: `base` and all of `values`, one for each column, add up to it."""

    method: str
    base: float
    answer: float
    values: list[float]


class Loaded(msgspec.Struct, frozen=True):
    """A model ready to answer, and how its inputs are read."""

    runner: Runner
    schema: Schema
    parity: Parity | None = None


class Loader:
    """Opens versions. Under `home`, conversions are kept in `engines` by the version's manifest, with their evidence,
    and workers write in `workers`.
    """

    def __init__(self, *, environments: Environments, home: Path, threads: Threads) -> None:
        self._environments = environments
        self._engines = home / "engines"
        self._workers = home / WORKERS
        self._threads = threads
        # Deployments that ask for one version at the same time wait for one conversion.
        self._converting: dict[str, asyncio.Lock] = {}

    def forget(self, keep: set[str]) -> None:
        """Remove conversions of versions whose manifest is not in `keep`, and those that no release reads any more."""
        wanted = {one.removeprefix("sha256:") for one in keep}
        for generation in self._engines.glob("*"):
            for one in (generation,) if generation.name != _GENERATION else generation.iterdir():
                if one.name not in wanted:
                    shutil.rmtree(one, ignore_errors=True)

    async def load(self, folder: Path, route: Route) -> Loaded:
        """Raises BadInput for a version that cannot be served and Unavailable when it does not load."""
        package = read_package(folder)
        runtime = package.runtime(route.runtime)
        if runtime is Runtime.ONNX and route.isolation is not Isolation.WORKER:
            await _with_onnx()
            predictor = OnnxPredictor(package.file(package.flavors["onnx"].get("data", _CONVERTED)), package.signature)
            signature = package.signature or predictor.signature
            return Loaded(LocalRunner(predictor, self._threads), Schema(signature) if signature else OpenSchema())
        if route.isolation is Isolation.INSIDE and route.engine is not Engine.ONNX:
            raise BadInput(f"{runtime} may execute code when it is opened; it runs in a worker or converted to ONNX")
        if runtime not in CONVERTIBLE or route.engine not in {Engine.AUTO, Engine.ONNX}:
            return await self._worker(package, runtime, route)
        evidence = await self._tried(package, runtime, route)
        parity = msgspec.convert(evidence, Parity, from_attributes=True)
        loaded = await self._converted(package, route, evidence) or await self._worker(package, runtime, route)
        return msgspec.structs.replace(loaded, parity=parity)

    async def _worker(self, package: Package, runtime: Runtime, route: Route) -> Loaded:
        runner = await self._in_its_environment(package, runtime, route, _started)
        signature = package.signature or runner.signature
        if not runner.outputs and signature is not None:
            runner.outputs = signature.outputs
        return Loaded(runner, Schema(signature) if signature is not None else OpenSchema())

    async def _in_its_environment(
        self, package: Package, runtime: Runtime, route: Route, use: Callable[[Program], Awaitable[T]]
    ) -> T:
        """Run the version in the node's own environment where that has its library, and in one of its own where it
        turns out that it needs more than that.
        """
        program = await self._program(package, runtime, route)
        try:
            return await use(program)
        except Unavailable as error:
            lacking = program.python == Path(sys.executable) and "ModuleNotFoundError" in error.message
            if not lacking or not (package.root / REQUIREMENTS).is_file():
                raise
        python = await self._environments.python_for(package, runtime, route.lock, own=False)
        return await use(msgspec.structs.replace(program, python=python))

    async def shares(self, folder: Path, route: Route, table: Table, output: str) -> Shares:
        """What the answer for the table's first row owes to each column, against the other rows, read from the inside
        of the original. Raises BadInput where it cannot be read so, and Unavailable when it does not load.
        """
        package = read_package(folder)
        runtime = package.runtime(route.runtime)
        if runtime not in _READABLE:
            raise BadInput(f"{runtime} is no library whose models are read from the inside")

        async def ask(program: Program) -> Shares:
            try:
                head, arrays = await asked_once(program, lambda worker: worker.ask_shares(table, output))
            except TimeoutError:
                raise BadInput(f"it took more than {program.load_s:g} s") from None
            if head is None or "error" in head:
                raise BadInput(f"{head['error']}: {head['message']}" if head else "it is not read from the inside")
            return Shares(head["method"], head["base"], head["answer"], arrays[0].tolist())

        return await self._in_its_environment(package, runtime, route, ask)

    async def _program(self, package: Package, runtime: Runtime, route: Route) -> Program:
        flavor = package.flavors.get(flavor_of(runtime), {})
        if runtime is Runtime.H2O:
            flavor = {**flavor, "mojo": str(mojo_in(package.root).relative_to(package.root))}
        function = package.flavors.get("python_function", {})
        name = _native(runtime, flavor)
        return Program(
            python=await self._environments.python_for(package, name, route.lock),
            root=package.root,
            scratch=self._workers,
            runtime=name.value,
            flavor=flavor if name is runtime else function,
            signature=package.signature,
            options={"engine": route.engine.value, "predict_fn": function.get("predict_fn")},
            memory_bytes=route.limits.memory_bytes,
            load_s=route.limits.load_s,
            scratch_bytes=scratch_bytes(),
        )

    async def _tried(self, package: Package, runtime: Runtime, route: Route) -> Evidence:
        """What came of the conversion; made now, unless it was before."""
        folder = self._conversions(route)
        async with self._converting.setdefault(route.manifest, asyncio.Lock()):
            evidence = await asyncio.to_thread(_kept, folder, route.limits.load_s)
            if evidence is None:
                evidence = await self._convert(package, runtime, route, folder)
        return evidence

    def _conversions(self, route: Route) -> Path:
        return self._engines / _GENERATION / route.manifest.removeprefix("sha256:")

    async def _converted(self, package: Package, route: Route, evidence: Evidence) -> Loaded | None:
        """The model as ONNX when that is proven equal; None when it is not, unless ONNX was asked for by name."""
        folder = self._conversions(route)
        if not evidence.proven:
            _log.info("%s is served as it is: %s", route.version, evidence.reason)
            if route.engine is Engine.ONNX:
                raise BadInput(f"{route.version} cannot be served as ONNX: {evidence.reason}")
            return None
        outputs = tuple(output_column(*one) for one in evidence.outputs)
        if package.signature is None:
            return None
        await _with_onnx()
        schema = Schema(package.signature)
        converted: Converted
        if evidence.columns:
            named = msgspec.convert(evidence, Named, from_attributes=True)
            converted = NamedPredictor(folder / _CONVERTED, schema, outputs, named)
        else:
            path, takes_missing = folder / _CONVERTED, evidence.takes_missing
            converted = ConvertedPredictor(path, schema, outputs, takes_missing=takes_missing, reach=evidence.reach)
        predictor: Predictor = converted
        if evidence.classes:
            predictor = ForestPredictor(converted, Forest(folder / _TREES), evidence.classes)
        return Loaded(LocalRunner(predictor, self._threads), schema)

    async def _convert(self, package: Package, runtime: Runtime, route: Route, folder: Path) -> Evidence:
        reason = _unconvertible(package)
        if reason:
            return Evidence(proven=False, reason=reason)
        try:
            conversion = await self._in_its_environment(package, runtime, route, _ask)
        except ModelwrightError as error:  # not kept: the next load asks again
            return Evidence(proven=False, reason=error.message)
        return await asyncio.to_thread(_keep, folder, conversion)


async def _with_onnx() -> None:
    """Have ONNX Runtime loaded, on a thread: those who ask other models meanwhile get their answers."""
    try:
        await asyncio.to_thread(importlib.import_module, "onnxruntime")
    except ModuleNotFoundError as error:
        raise BadInput("this node has no ONNX Runtime; install modelwright[onnx]") from error


async def load_replicas(loader: Loader, folder: Path, route: Route) -> Loaded:
    """As `Loader.load`, as many times as the route has replicas: all of them or none.

    The first goes ahead, so that what it prepares (an environment, a conversion) is there for the others.
    """
    first = await loader.load(folder, route)
    if route.replicas == 1:
        return first
    work = [loader.load(folder, route) for _ in range(route.replicas - 1)]
    others = await asyncio.gather(*work, return_exceptions=True)
    loaded = [first, *[one for one in others if isinstance(one, Loaded)]]
    failed = [one for one in others if isinstance(one, BaseException)]
    if failed:
        for one in loaded:
            one.runner.close()
        raise failed[0]
    return Loaded(Replicated([one.runner for one in loaded]), first.schema, first.parity)


def _native(runtime: Runtime, flavor: dict[str, Any]) -> Runtime:
    """MLflow pickles LightGBM's scikit-learn wrappers; those open like any other estimator."""
    pickled = str(flavor.get("data", "")).endswith((".pkl", ".pickle", ".skops"))
    return Runtime.SKLEARN if runtime is Runtime.LIGHTGBM and pickled else runtime


def _unconvertible(package: Package) -> str:
    if importlib.util.find_spec("skl2onnx") is None:
        return "the node has no converters; install modelwright[convert]"
    signature = package.signature
    if signature is None:
        return "the version has no signature"
    schema = Schema(signature)
    if schema.optional:
        return "whole numbers or truth values among its inputs may be missing"
    if signature.tensors and not (schema.numeric and len(schema.groups) == 1):
        return "its inputs are neither one table nor one tensor of numbers"
    return ""


def _converters() -> tuple[str, ...]:
    """Where the node's own converters lie."""
    found = (importlib.util.find_spec(name) for name in ("skl2onnx", "onnxmltools", "onnx", "onnxruntime"))
    places = (str(Path(one.origin).parents[1]) for one in found if one is not None and one.origin is not None)
    return tuple(dict.fromkeys(places))


def _keep(folder: Path, conversion: Conversion) -> Evidence:
    folder.mkdir(parents=True, exist_ok=True)
    if conversion.content:
        (folder / _CONVERTED).write_bytes(conversion.content)
    if conversion.trees:
        with (folder / _TREES).open("wb") as file:
            np.savez(file, **conversion.trees)  # type: ignore[arg-type]  # the stub mistakes names for options
    names = [*([_CONVERTED] if conversion.content else []), *([_TREES] if conversion.trees else [])]
    evidence = msgspec.structs.replace(
        conversion.evidence, digests=tuple((name, digest_of(folder / name)) for name in names)
    )
    # Written last: without evidence the conversion does not count.
    write_whole(folder / _EVIDENCE, evidence)
    return evidence


def _kept(folder: Path, load_s: float) -> Evidence | None:
    """What came of a conversion earlier; None when it is to be made anew.

    That is so, too, when its files are not those that were proven, when it would be waited for longer than the last
    time in vain, and on another day: what could not be proven then may have been for want of memory, or of patience.
    """
    try:
        kept = msgspec.json.decode((folder / _EVIDENCE).read_bytes(), type=Evidence)
        sound = all(digest_of(folder / name) == digest for name, digest in kept.digests)
        age_s = time.time() - (folder / _EVIDENCE).stat().st_mtime
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not sound or (kept.proven and not kept.digests):
        return None
    again = not kept.proven and (age_s > _AGAIN_S or 0 < kept.waited_s < load_s)
    return None if again else kept


async def _started(program: Program) -> RemoteRunner:
    runner = RemoteRunner(program)
    await runner.start()
    return runner


async def _ask(program: Program) -> Conversion:
    """Start a worker only to convert; the front never opens the original. Raises Unavailable when it ends meanwhile."""
    if program.python != Path(sys.executable):
        program = msgspec.structs.replace(program, converters=_converters())
    if program.memory_bytes is None:
        # A converter may want far more than the model: what is unbounded for that is not so for this.
        program = msgspec.structs.replace(program, memory_bytes=machine_bytes() // 2)
    try:
        head, arrays = await asked_once(program, Worker.ask_conversion, lambda hello: bool(hello.get("convertible")))
    except TimeoutError:
        reason = f"converting took more than {program.load_s:g} s"
        return Conversion(Evidence(proven=False, reason=reason, waited_s=program.load_s))
    if head is None:
        return Conversion(
            Evidence(proven=False, reason="it takes its columns in another order, or gives an answer of its own")
        )
    if "error" in head:
        return Conversion(Evidence(proven=False, reason=f"{head['error']}: {head['message']}"))
    evidence = msgspec.convert({"proven": True, **head["evidence"]}, Evidence)
    return Conversion(evidence, arrays[0].tobytes(), dict(zip(head["trees"], arrays[1:], strict=True)))
