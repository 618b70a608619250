"""Reading CSV and Parquet in record batches, and writing Parquet in parts that survive being stopped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from modelwright.core.errors import BadInput, Conflict
from modelwright.serving.model import Engine

_CSV_BLOCK_BYTES = 8 * 1024 * 1024
_STATE = "state.json"


class Source:
    """A CSV or Parquet file. `rows` is None for CSV, which says so only at its end."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadInput(f"there is no file {path}")
        self.path = path
        self._parquet = path.suffix.lower() in {".parquet", ".pq"}
        if not self._parquet and path.suffix.lower() not in {".csv", ".gz"}:
            raise BadInput(f"{path.name} is neither .csv nor .parquet; give one of these")
        self.rows: int | None = self._open_parquet().metadata.num_rows if self._parquet else None

    @property
    def identity(self) -> str:
        """Changes when the file does."""
        found = self.path.stat()
        return f"{self.path.resolve()}:{found.st_size}:{found.st_mtime_ns}"

    def check_columns(self, names: tuple[str, ...]) -> None:
        """Raises BadInput when the file lacks one of these."""
        if names:
            have = next(self._raw(1), None)
            missing = [name for name in names if have is None or name not in have.schema.names]
            if missing:
                raise BadInput(f"{self.path.name} has no column {missing[0]!r} to keep", column=missing[0])

    def batches(self, rows: int, *, skip: int = 0) -> Iterator[pa.RecordBatch]:
        """The file from row `skip` on, in record batches of at most `rows`."""
        for batch in self._raw(rows):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            rest = batch.slice(skip)
            skip = 0
            for start in range(0, rest.num_rows, rows):
                yield rest.slice(start, rows)

    def _raw(self, rows: int) -> Iterator[pa.RecordBatch]:
        if self._parquet:
            yield from self._open_parquet().iter_batches(batch_size=rows)
            return
        try:
            options = pa_csv.ReadOptions(block_size=_CSV_BLOCK_BYTES)
            with pa_csv.open_csv(self.path, read_options=options) as reader:
                yield from reader
        except pa.ArrowInvalid as error:
            raise BadInput(f"{self.path.name} cannot be read as CSV: {error}") from error

    def _open_parquet(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except pa.ArrowInvalid as error:
            raise BadInput(f"{self.path.name} is not a Parquet file: {error}") from error


class Job(msgspec.Struct, frozen=True):
    """What the parts belong to: another input, version, size of parts, engine or set of columns is another job."""

    source: str
    manifest: str
    part_rows: int
    keep: tuple[str, ...] = ()
    all_outputs: bool = False
    engine: Engine = Engine.AUTO


class Target:
    """`<target>.parts/` holds finished parts and what they belong to, until `finish` makes one file of them."""

    def __init__(self, path: Path, job: Job) -> None:
        """Raises Conflict when parts of another job are there."""
        self.path = path
        self._folder = path.with_name(path.name + ".parts")
        self._folder.mkdir(parents=True, exist_ok=True)
        state = self._folder / _STATE
        if state.exists():
            have = msgspec.json.decode(state.read_bytes(), type=Job)
            if have != job:
                raise Conflict(
                    f"{self._folder} holds parts of another run (other input, version or options); "
                    "remove that folder, or give another target"
                )
        else:
            _write_whole(state, msgspec.json.encode(job))
        self.done = len(self._parts())

    def _parts(self) -> list[Path]:
        return sorted(self._folder.glob("part-*.parquet"))

    def add(self, table: pa.Table) -> None:
        """Keep the next part; it is there completely or not at all."""
        part = self._folder / f"part-{self.done:06d}.parquet"
        unfinished = part.with_suffix(".unfinished")
        pq.write_table(table, unfinished, compression="zstd")
        unfinished.rename(part)
        self.done += 1

    def finish(self) -> int:
        """Make the target of all parts, and answer how many rows it has."""
        parts = self._parts()
        if not parts:
            raise BadInput("the input has no rows; there is nothing to write")
        unfinished = self.path.with_name(self.path.name + ".unfinished")
        rows = 0
        with pq.ParquetWriter(unfinished, pq.read_schema(parts[0]), compression="zstd") as writer:
            for part in parts:
                table = pq.read_table(part)
                rows += table.num_rows
                writer.write_table(table)
        unfinished.rename(self.path)
        shutil.rmtree(self._folder)
        return rows


def _write_whole(path: Path, body: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(body)
    with part.open("rb") as held:
        os.fsync(held.fileno())
    part.rename(path)
