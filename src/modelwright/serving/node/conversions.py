"""Conversions to ONNX on a node's disk: what came of each, made once for a version and believed while it is whole."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import numpy as np

from modelwright.core.errors import BadInput
from modelwright.serving.model import Parity
from modelwright.serving.node.files import digest_of, write_whole
from modelwright.serving.node.package import Package
from modelwright.serving.node.runners import Predictor
from modelwright.serving.node.runtimes.forest import Forest
from modelwright.serving.node.runtimes.named import Named, NamedPredictor
from modelwright.serving.node.runtimes.onnx import Converted, ConvertedPredictor, ForestPredictor
from modelwright.serving.node.tables import Schema
from modelwright.serving.node.worker.remote import output_column

_CONVERTED = "model.onnx"
_EVIDENCE = "evidence.json"
_TREES = "trees.npz"
# Grows with what is kept of a conversion and with how one is found: what an earlier release kept may lack what this one
# reads, and what could not be proven then may be provable now.
_GENERATION = "8"
# A conversion that came to nothing is tried again after a day.
_AGAIN_S = 24 * 3600.0


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

    @property
    def parity(self) -> Parity:
        return msgspec.convert(self, Parity, from_attributes=True)


class Conversion(msgspec.Struct, frozen=True):
    """What a worker gave: the ONNX file, its evidence, and trees as arrays where they break ties.

    `kept` False: what it could not be made for may be otherwise the next time.
    """

    evidence: Evidence
    content: bytes = b""
    trees: dict[str, np.ndarray] = {}
    kept: bool = True


class Conversions:
    """Kept in `folder` by their versions' manifests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Deployments that ask for one version at the same time wait for one conversion.
        self._making: dict[str, asyncio.Lock] = {}

    async def tried(self, manifest: str, load_s: float, make: Callable[[], Awaitable[Conversion]]) -> Evidence:
        """What came of the conversion; made now, unless it was before."""
        folder = self._of(manifest)
        async with self._making.setdefault(manifest, asyncio.Lock()):
            evidence = await asyncio.to_thread(kept, folder, load_s)
            if evidence is not None:
                return evidence
            made = await make()
            return await asyncio.to_thread(keep, folder, made) if made.kept else made.evidence

    async def opened(self, manifest: str, evidence: Evidence, schema: Schema) -> Predictor:
        """The conversion that `evidence` proves equal, for inputs of `schema`."""
        await with_onnx()
        folder = self._of(manifest)
        outputs = tuple(output_column(*one) for one in evidence.outputs)
        converted: Converted
        if evidence.columns:
            named = msgspec.convert(evidence, Named, from_attributes=True)
            converted = NamedPredictor(folder / _CONVERTED, schema, outputs, named)
        else:
            path, takes_missing = folder / _CONVERTED, evidence.takes_missing
            converted = ConvertedPredictor(path, schema, outputs, takes_missing=takes_missing, reach=evidence.reach)
        if evidence.classes:
            return ForestPredictor(converted, Forest(folder / _TREES), evidence.classes)
        return converted

    def forget(self, keep: set[str]) -> None:
        """Remove those of versions whose manifest is not in `keep`, and those that no release reads any more."""
        wanted = {one.removeprefix("sha256:") for one in keep}
        for generation in self._folder.glob("*"):
            for one in (generation,) if generation.name != _GENERATION else generation.iterdir():
                if one.name not in wanted:
                    shutil.rmtree(one, ignore_errors=True)

    def _of(self, manifest: str) -> Path:
        return self._folder / _GENERATION / manifest.removeprefix("sha256:")


async def with_onnx() -> None:
    """Have ONNX Runtime loaded, on a thread: those who ask other models meanwhile get their answers."""
    try:
        await asyncio.to_thread(importlib.import_module, "onnxruntime")
    except ModuleNotFoundError as error:
        raise BadInput("this node has no ONNX Runtime; install modelwright[onnx]") from error


def unconvertible(package: Package) -> str:
    """Why it is not worth asking for a conversion; "" where it is."""
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


def keep(folder: Path, conversion: Conversion) -> Evidence:
    """Write it down whole or not at all; the evidence with the digests of what was written."""
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


def kept(folder: Path, load_s: float) -> Evidence | None:
    """What came of a conversion earlier; None when it is to be made anew.

    That is so, too, when its files are not those that were proven, when it would be waited for longer than the last
    time in vain, and on another day: what could not be proven then may have been for want of memory, or of patience.
    """
    try:
        found = msgspec.json.decode((folder / _EVIDENCE).read_bytes(), type=Evidence)
        sound = all(digest_of(folder / name) == digest for name, digest in found.digests)
        age_s = time.time() - (folder / _EVIDENCE).stat().st_mtime
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not sound or (found.proven and not found.digests):
        return None
    again = not found.proven and (age_s > _AGAIN_S or 0 < found.waited_s < load_s)
    return None if again else found
