"""Where a node learns what to serve, and whence it fetches files: here those of this machine.

A server is in `server_source.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import msgspec

from modelwright.core.errors import BadInput, NotFound, Unavailable
from modelwright.serving.model import (
    Batching,
    DesiredDeployment,
    DesiredState,
    Engine,
    FileRef,
    Isolation,
    Limits,
    NodeReport,
    Route,
    VersionRef,
)

_CHUNK_BYTES = 1 << 20
_POLL_S = 0.2


class Source(Protocol):
    """`desired` waits up to `wait_s` for another revision than `after` (-1: any), and is None without one.

    `fetch` yields the bytes of a digest; it may raise NotFound or Unavailable. `report` raises Unavailable when the
    report did not arrive, and the node will send its facts again.
    """

    async def desired(self, after: int, wait_s: float) -> DesiredState | None: ...

    def fetch(self, digest: str) -> AsyncIterator[bytes]: ...

    async def report(self, report: NodeReport) -> None: ...

    async def close(self) -> None: ...


class FileSource:
    """A desired state in a JSON file that may be replaced at any time, and a folder of files named by their hex
    digest.
    """

    def __init__(self, state: Path, blobs: Path) -> None:
        self._state = state
        self._blobs = blobs

    async def desired(self, after: int, wait_s: float) -> DesiredState | None:
        until = asyncio.get_running_loop().time() + wait_s
        while True:
            state = self._read()
            if state.revision != after:
                return state
            if asyncio.get_running_loop().time() >= until:
                return None
            await asyncio.sleep(_POLL_S)

    def _read(self) -> DesiredState:
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=DesiredState)
        except OSError as error:
            raise Unavailable(f"{self._state} cannot be read: {error}") from error
        except msgspec.MsgspecError as error:
            raise BadInput(f"{self._state} is not a desired state: {error}") from error

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        path = self._blobs / digest.removeprefix("sha256:")
        try:
            file = path.open("rb")
        except OSError as error:
            raise NotFound(f"{digest} is not in {self._blobs}") from error
        with file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    async def report(self, report: NodeReport) -> None:
        """Nobody is listening."""

    async def close(self) -> None:
        """There is nothing to close."""


class FolderSource:
    """One model folder, served as deployment `name`: for a laptop, an edge device or a test."""

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        engine: Engine = Engine.AUTO,
        isolation: Isolation = Isolation.AUTO,
        limits: Limits | None = None,
        batching: Batching | None = None,
    ) -> None:
        route, self._paths = route_from_folder(folder, name)
        route = msgspec.structs.replace(
            route, engine=engine, isolation=isolation, limits=limits or Limits(), batching=batching or Batching()
        )
        self._desired = DesiredState(revision=1, deployments=(DesiredDeployment(name=name, routes=(route,)),))
        self._told = False

    async def desired(self, after: int, wait_s: float) -> DesiredState | None:
        del after  # what the node served last may have been another folder
        if not self._told:
            self._told = True
            return self._desired
        await asyncio.sleep(wait_s)
        return None

    async def fetch(self, digest: str) -> AsyncIterator[bytes]:
        with self._paths[digest].open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    async def report(self, report: NodeReport) -> None:
        """Nobody is listening."""

    async def close(self) -> None:
        """There is nothing to close."""


def route_from_folder(
    folder: Path, model: str, number: int = 1, *, identity: str = "live"
) -> tuple[Route, dict[str, Path]]:
    """A route to the model in `folder`, taking all traffic, and where the file of each digest lies."""
    paths = {}
    files = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        paths[digest] = path
        files.append(FileRef(path=path.relative_to(folder).as_posix(), digest=digest, size_bytes=path.stat().st_size))
    listed = msgspec.json.encode([(one.path, one.digest, one.size_bytes) for one in files])
    manifest = f"sha256:{hashlib.sha256(listed).hexdigest()}"
    version = VersionRef(model=model, number=number)
    return Route(id=identity, version=version, manifest=manifest, files=tuple(files), share=1.0), paths
