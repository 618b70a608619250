"""Tar archives that depend on their contents alone: sorted, without times, owners or the machine's umask."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a path in an archive is: the bytes of `source`, `content`, a link to `target`, or else a folder."""

    source: Path | None = None
    content: bytes | None = None
    target: str | None = None
    mode: int = 0o644


FOLDER = Entry(mode=0o755)
Entries = Mapping[str, Entry]


def tree(folder: Path, under: str) -> dict[str, Entry]:
    """Every file and link of a folder, below `under`; what may be executed stays so."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = f"{under}/{path.relative_to(folder).as_posix()}"
        if path.is_symlink():
            found[name] = Entry(target=str(path.readlink()))
        elif path.is_file():
            found[name] = Entry(source=path, mode=0o755 if path.stat().st_mode & 0o100 else 0o644)
    return found


def write_tar(out: IO[bytes], entries: Entries) -> None:
    """The entries and the folders above them, in order of their names."""
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, entry in sorted(_with_parents(entries).items()):
            _add(archive, name, entry)


def write_gzip(out: IO[bytes], entries: Entries) -> None:
    """The same, compressed, with neither name nor time in the head."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=6) as packed:
        write_tar(packed, entries)  # type: ignore[arg-type]  # tarfile asks for no more than write and tell


def _with_parents(entries: Entries) -> dict[str, Entry]:
    parents = {str(parent): FOLDER for name in entries for parent in Path(name).parents if str(parent) != "."}
    return {**parents, **entries}


def _add(archive: tarfile.TarFile, name: str, entry: Entry) -> None:
    about = tarfile.TarInfo(name)
    about.mode = entry.mode
    if entry.target is not None:
        about.type, about.linkname = tarfile.SYMTYPE, entry.target
        archive.addfile(about)
    elif entry.content is not None:
        about.size = len(entry.content)
        archive.addfile(about, io.BytesIO(entry.content))
    elif entry.source is not None:
        with entry.source.open("rb") as file:
            about.size = os.fstat(file.fileno()).st_size
            archive.addfile(about, file)
    else:
        about.type = tarfile.DIRTYPE
        archive.addfile(about)
