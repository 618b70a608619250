"""Merging ledger segments in a process of its own: `python -m modelwright.serving.batch.compaction`.

The server neither loads pyarrow nor gives up its one interpreter for it. Asked on standard input, it stores the new
files, and only then says on standard output what they are; the index is the server's affair. Killed, it leaves at
most bytes that nobody names, which are swept away.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from modelwright.artifacts.backends import open_blobs
from modelwright.serving.batch.parquet import merged
from modelwright.serving.model import Segment


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`ledger` is the URL of the ledger's blobs, `incoming` the folder where uploads to an object store collect."""

    ledger: str
    incoming: str
    segments: list[Segment]


def main() -> None:
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    blobs = open_blobs(asked.ledger, Path(asked.incoming))
    sys.stdout.buffer.write(msgspec.json.encode(list(merged(asked.segments, blobs))))


if __name__ == "__main__":
    main()
