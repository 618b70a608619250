"""A disk that is really full: a small one of its own, under one process."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

MIB = 1 << 20


def on_small_disk(command: Sequence[str], home: Path, *, mib: int) -> list[str]:
    """The command, with `home` being a disk of so many MiB.

    The disk is mounted in a namespace that only the command lives in, so it goes away with it. Who wants to look inside
    finds it under `/proc/<pid>/root`.
    """
    alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size={mib}m tmpfs {shlex.quote(str(home))}"
    return [*alone, "sh", "-c", f"{mount} && exec {shlex.join(command)}"]


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("ab", buffering=0) as file:
        for block in (MIB, 4096, 1):
            try:
                while file.write(b"\0" * block) == block:
                    pass
            except OSError:
                continue
