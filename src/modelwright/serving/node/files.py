"""Versions on the node's disk: every file is under its digest, and is checked against it before it is opened."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from modelwright.core.errors import BadInput
from modelwright.serving.model import FileRef, Route

_INCOMING, _BUILDING = ".incoming-", ".building-"

Fetch = Callable[[str], AsyncIterator[bytes]]


class CorruptFile(BadInput):
    """The bytes are not those that the digest names; they are never opened."""

    code = "corrupt_file"


class Files:
    """`<home>/blobs/<hex>` holds files once; `<home>/versions/<hex of the manifest>` holds links to them by path."""

    def __init__(self, home: Path) -> None:
        self._blobs = home / "blobs"
        self._versions = home / "versions"
        # Several deployments may ask for one version, or for versions that share a file, at the same time.
        self._busy: dict[str, asyncio.Lock] = {}
        self._fetching = 0
        self._tidying = asyncio.Lock()
        for folder in (self._blobs, self._versions):
            folder.mkdir(parents=True, exist_ok=True)

    async def version(self, route: Route, fetch: Fetch) -> Path:
        """The route's folder, complete and checked. `fetch` gives the bytes of a digest that is not here yet.

        Raises CorruptFile when bytes do not match, and BadInput for a path that would leave the folder.
        """
        async with self._tidying:
            self._fetching += 1
        try:
            return await self._fetched(route, fetch)
        finally:
            self._fetching -= 1

    async def _fetched(self, route: Route, fetch: Fetch) -> Path:
        folder = self._versions / route.manifest.removeprefix("sha256:")
        async with self._busy.setdefault(route.manifest, asyncio.Lock()):
            for file in route.files:
                _checked_path(file)
                async with self._busy.setdefault(file.digest, asyncio.Lock()):
                    if not await asyncio.to_thread(self._sound, file):
                        await self._download(file, fetch)
            await asyncio.to_thread(self._linked, folder, route.files)
        return folder

    def sweep(self) -> None:
        """Remove what a killed process left half done. Only for who has the folder to itself."""
        for unfinished in (*self._blobs.glob(f"{_INCOMING}*"), *self._versions.glob(f"{_BUILDING}*")):
            if unfinished.is_dir():
                shutil.rmtree(unfinished, ignore_errors=True)
            else:
                unfinished.unlink()

    async def forget(self, keep: set[str]) -> None:
        """Remove versions whose manifest is not in `keep`, and the files that no version links to any more.

        Nothing while a version is being fetched, whose files nothing links to yet; the next time will do.
        """
        async with self._tidying:
            if not self._fetching:
                self._busy.clear()
                await asyncio.to_thread(self._forget, keep)

    def _forget(self, keep: set[str]) -> None:
        wanted = {one.removeprefix("sha256:") for one in keep}
        for folder in self._versions.iterdir():
            if folder.name not in wanted:
                shutil.rmtree(folder, ignore_errors=True)
        for blob in self._blobs.iterdir():
            if blob.stat().st_nlink == 1:
                blob.unlink(missing_ok=True)

    def _sound(self, file: FileRef) -> bool:
        path = self._blob(file)
        if not path.exists():
            return False
        if path.stat().st_size == file.size_bytes and digest_of(path) == file.digest:
            return True
        # Damaged on disk: fetched anew, and a folder that links to it is rebuilt.
        path.unlink()
        return False

    async def _download(self, file: FileRef, fetch: Fetch) -> None:
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._blobs, prefix=_INCOMING, delete=False) as out:
            incoming = Path(out.name)
            try:
                async for chunk in fetch(file.digest):
                    digest.update(chunk)
                    size += len(chunk)
                    if size > file.size_bytes:
                        break
                    out.write(chunk)
                _check(file, size, f"sha256:{digest.hexdigest()}")
                await asyncio.to_thread(_settle, out, incoming, self._blob(file))
            except BaseException:
                await asyncio.to_thread(incoming.unlink, missing_ok=True)
                raise

    def _linked(self, folder: Path, files: tuple[FileRef, ...]) -> None:
        if self._complete(folder, files):
            return
        building = Path(tempfile.mkdtemp(dir=self._versions, prefix=_BUILDING))
        for file in files:
            path = building / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(self._blob(file), path)
        shutil.rmtree(folder, ignore_errors=True)
        building.replace(folder)

    def _complete(self, folder: Path, files: tuple[FileRef, ...]) -> bool:
        """Whether the folder holds links to the checked blobs and nothing else; a damaged one's bytes are no blob's."""
        if not folder.is_dir():
            return False
        have = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        return have == {str(PurePosixPath(file.path)) for file in files} and all(
            (folder / file.path).samefile(self._blob(file)) for file in files
        )

    def _blob(self, file: FileRef) -> Path:
        return self._blobs / file.digest.removeprefix("sha256:")


def _check(file: FileRef, size: int, found: str) -> None:
    if size != file.size_bytes or found != file.digest:
        raise CorruptFile(f"{file.path} should be {file.digest} ({file.size_bytes} bytes) and is {found}")


def _settle(out: IO[bytes], incoming: Path, path: Path) -> None:
    out.flush()
    os.fsync(out.fileno())
    incoming.replace(path)


def _checked_path(file: FileRef) -> None:
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts or "\\" in file.path or "\0" in file.path:
        raise BadInput(f"the version has a file {file.path!r}, which would lie outside its folder")


def digest_of(path: Path) -> str:
    """`sha256:<hex>` of the file's bytes."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def write_whole(path: Path, value: object) -> None:
    """JSON that is there completely or not at all, also after a power cut. Raises OSError, and leaves nothing then."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(msgspec.json.encode(value))
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
