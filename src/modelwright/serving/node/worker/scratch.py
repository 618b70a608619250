"""The folder that a model may write in, and how much it may hold: the disk is also the ledger's, and other models'."""

from __future__ import annotations

import os
from pathlib import Path

from modelwright.core.errors import BadInput

SCRATCH_BYTES = "MODELWRIGHT_SCRATCH_BYTES"
USUAL_BYTES = 1 << 30
# Each takes room, too, however little is in it, and the node's time, which counts them.
_FILES = 10_000


def scratch_bytes() -> int:
    """What `MODELWRIGHT_SCRATCH_BYTES` in the node's own environment allows each model, else a gigabyte.

    Raises BadInput when that is no number above 0.
    """
    said = os.environ.get(SCRATCH_BYTES, str(USUAL_BYTES))
    if not said.isdecimal() or not int(said):
        raise BadInput(f"{SCRATCH_BYTES} is {said!r}; it must be a whole number of bytes above 0")
    return int(said)


def holds_more(folder: Path, most_bytes: int) -> bool:
    """Whether the folder takes more of the disk than that, has too many files, or hides what it has."""
    taken = files = 0
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    taken += entry.stat(follow_symlinks=False).st_blocks * 512
                    if taken > most_bytes or files > _FILES:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except PermissionError:
            return True
        except FileNotFoundError:
            continue  # the model removes things while they are counted
    return False
