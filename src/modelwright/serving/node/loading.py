"""From a version's folder on disk to a runner: which runtime, which engine, inside the node or in a worker."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from modelwright.core.errors import BadInput, ModelwrightError, Unavailable
from modelwright.serving.model import Engine, Isolation, Parity, Route, Runtime
from modelwright.serving.node.conversions import Conversion, Conversions, Evidence, unconvertible, with_onnx
from modelwright.serving.node.environments import REQUIREMENTS, Environments
from modelwright.serving.node.mojo import mojo_in
from modelwright.serving.node.package import Package, flavor_of, read_package
from modelwright.serving.node.replicas import Replicated
from modelwright.serving.node.resident import machine_bytes
from modelwright.serving.node.runners import LocalRunner, Runner
from modelwright.serving.node.runtimes.onnx import OnnxPredictor
from modelwright.serving.node.tables import OpenSchema, Schema, Table
from modelwright.serving.node.threads import Threads
from modelwright.serving.node.worker.once import asked_once
from modelwright.serving.node.worker.process import Program, Worker
from modelwright.serving.node.worker.remote import RemoteRunner
from modelwright.serving.node.worker.scratch import scratch_bytes

T = TypeVar("T")

_log = logging.getLogger(__name__)
WORKERS = "workers"
CONVERTIBLE = frozenset({Runtime.SKLEARN, Runtime.LIGHTGBM, Runtime.XGBOOST})
# Libraries whose models a worker reads from the inside.
_READABLE = CONVERTIBLE | {Runtime.CATBOOST}


class Shares(msgspec.Struct, frozen=True):
    """An answer in parts: `base` and all of `values`, one for each column, add up to it."""

    method: str
    base: float
    answer: float
    values: list[float]


class Loaded(msgspec.Struct, frozen=True):
    """A model ready to answer, and how its inputs are read.

    `conversion` is still under way where that was not waited for: with what it comes to, loading again gives a faster
    runner, or the parity that says why not.
    """

    runner: Runner
    schema: Schema
    parity: Parity | None = None
    conversion: asyncio.Task[Evidence] | None = None

    def close(self) -> None:
        if self.conversion is not None:
            self.conversion.cancel()
        self.runner.close()


class Loader:
    """Opens versions. Under `home`, conversions are kept in `engines` by the version's manifest, with their evidence,
    and workers write in `workers`.
    """

    def __init__(self, *, environments: Environments, home: Path, threads: Threads) -> None:
        self._environments = environments
        self._conversions = Conversions(home / "engines")
        self._workers = home / WORKERS
        self._threads = threads

    def forget(self, keep: set[str]) -> None:
        """Remove conversions of versions whose manifest is not in `keep`."""
        self._conversions.forget(keep)

    async def load(self, folder: Path, route: Route, *, conversion_wait_s: float | None = None) -> Loaded:
        """Raises BadInput for a version that cannot be served and Unavailable when it does not load.

        A conversion that takes longer than `conversion_wait_s` goes on while the version is served as it is, unless
        the route asks for ONNX by name.
        """
        package = read_package(folder)
        runtime = package.runtime(route.runtime)
        if runtime is Runtime.ONNX and route.isolation is not Isolation.WORKER:
            await with_onnx()
            graph = package.file(package.flavors["onnx"].get("data", "model.onnx"))
            predictor = OnnxPredictor(graph, package.signature)
            signature = package.signature or predictor.signature
            return Loaded(LocalRunner(predictor, self._threads), Schema(signature) if signature else OpenSchema())
        if route.isolation is Isolation.INSIDE and route.engine is not Engine.ONNX:
            raise BadInput(f"{runtime} may execute code when it is opened; it runs in a worker or converted to ONNX")
        if runtime not in CONVERTIBLE or route.engine not in {Engine.AUTO, Engine.ONNX}:
            return await self._worker(package, runtime, route)
        conversion = asyncio.get_running_loop().create_task(self._tried(package, runtime, route))
        try:
            await asyncio.wait({conversion}, timeout=conversion_wait_s if route.engine is Engine.AUTO else None)
            if not conversion.done():
                loaded = await self._worker(package, runtime, route)
                return msgspec.structs.replace(loaded, conversion=conversion)
        except BaseException:
            conversion.cancel()
            raise
        evidence = conversion.result()
        loaded = await self._converted(package, route, evidence) or await self._worker(package, runtime, route)
        return msgspec.structs.replace(loaded, parity=evidence.parity)

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
        reason = unconvertible(package)
        if reason:
            return Evidence(proven=False, reason=reason)
        return await self._conversions.tried(
            route.manifest, route.limits.load_s, lambda: self._convert(package, runtime, route)
        )

    async def _converted(self, package: Package, route: Route, evidence: Evidence) -> Loaded | None:
        """The model as ONNX when that is proven equal; None when it is not, unless ONNX was asked for by name."""
        if not evidence.proven:
            _log.info("%s is served as it is: %s", route.version, evidence.reason)
            if route.engine is Engine.ONNX:
                raise BadInput(f"{route.version} cannot be served as ONNX: {evidence.reason}")
            return None
        if package.signature is None:
            return None
        schema = Schema(package.signature)
        predictor = await self._conversions.opened(route.manifest, evidence, schema)
        return Loaded(LocalRunner(predictor, self._threads), schema)

    async def _convert(self, package: Package, runtime: Runtime, route: Route) -> Conversion:
        try:
            return await self._in_its_environment(package, runtime, route, _ask)
        except ModelwrightError as error:
            return Conversion(Evidence(proven=False, reason=error.message), kept=False)


async def load_replicas(
    loader: Loader, folder: Path, route: Route, *, conversion_wait_s: float | None = None
) -> Loaded:
    """As `Loader.load`, as many times as the route has replicas: all of them or none.

    The first goes ahead, so that what it prepares (an environment, a conversion) is there for the others.
    """
    first = await loader.load(folder, route, conversion_wait_s=conversion_wait_s)
    if route.replicas == 1:
        return first
    # Alike, whether or not the conversion has ended meanwhile.
    alike = route if first.conversion is None else msgspec.structs.replace(route, engine=Engine.EXACT)
    work = [loader.load(folder, alike) for _ in range(route.replicas - 1)]
    others = await asyncio.gather(*work, return_exceptions=True)
    loaded = [first, *[one for one in others if isinstance(one, Loaded)]]
    failed = [one for one in others if isinstance(one, BaseException)]
    if failed:
        for one in loaded:
            one.close()
        raise failed[0]
    return msgspec.structs.replace(first, runner=Replicated([one.runner for one in loaded]))


def _native(runtime: Runtime, flavor: dict[str, Any]) -> Runtime:
    """MLflow pickles LightGBM's scikit-learn wrappers; those open like any other estimator."""
    pickled = str(flavor.get("data", "")).endswith((".pkl", ".pickle", ".skops"))
    return Runtime.SKLEARN if runtime is Runtime.LIGHTGBM and pickled else runtime


def _converters() -> tuple[str, ...]:
    """Where the node's own converters lie."""
    found = (importlib.util.find_spec(name) for name in ("skl2onnx", "onnxmltools", "onnx", "onnxruntime"))
    places = (str(Path(one.origin).parents[1]) for one in found if one is not None and one.origin is not None)
    return tuple(dict.fromkeys(places))


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
