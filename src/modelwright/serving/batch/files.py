"""Reading CSV and Parquet in record batches, and writing Parquet in parts that survive being stopped."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from modelwright.core.errors import BadInput, Conflict
from modelwright.serving.model import Engine
from modelwright.serving.node.invocations import MISSING

_CSV_BLOCK_BYTES = 8 * 1024 * 1024
_STATE = "state.json"
_PARQUET = {".parquet", ".pq"}
_PLACE = re.compile(r"In CSV column #(\d+)")
_LEADING_ZERO = "^[+-]?0[0-9]|^[+]"


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which columns of a file are read (None: all), and as what; for a type of None, as what they look like."""

    types: dict[str, Any] = {}
    only: tuple[str, ...] | None = None


class Source:
    """A CSV or Parquet file. `rows` is None for CSV, which says so only at its end."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise BadInput(f"there is no file {path}")
        self.path = path
        self._parquet = path.suffix.lower() in _PARQUET
        if not self._parquet and path.suffix.lower() not in {".csv", ".gz"}:
            raise BadInput(f"{path.name} is neither .csv nor .parquet; give one of these")
        self.rows: int | None = self._open_parquet().metadata.num_rows if self._parquet else None

    @property
    def identity(self) -> str:
        """Changes when the file does."""
        found = self.path.stat()
        return f"{self.path.resolve()}:{found.st_size}:{found.st_mtime_ns}"

    @property
    def names(self) -> list[str]:
        """Of its columns, in the file's order."""
        return list(pq.read_schema(self.path).names) if self._parquet else self._header

    @cached_property
    def _header(self) -> list[str]:
        return list(self._first().schema.names)

    def check_columns(self, names: tuple[str, ...]) -> None:
        """Raises BadInput when the file lacks one of these."""
        if names:
            have = self.names
            missing = [name for name in names if name not in have]
            if missing:
                raise BadInput(f"{self.path.name} has no column {missing[0]!r} to keep", column=missing[0])

    def batches(self, rows: int, *, skip: int = 0, columns: Columns | None = None) -> Iterator[pa.RecordBatch]:
        """The file from row `skip` on, in record batches of at most `rows`."""
        for batch in self._raw(rows, columns or Columns()):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            rest = batch.slice(skip)
            skip = 0
            for start in range(0, rest.num_rows, rows):
                yield rest.slice(start, rows)

    def _raw(self, rows: int, columns: Columns) -> Iterator[pa.RecordBatch]:
        if self._parquet:
            only = None if columns.only is None else list(columns.only)
            yield from self._open_parquet().iter_batches(batch_size=rows, columns=only)
            return
        types = {name: kind for name, kind in columns.types.items() if kind is not None}
        types |= self._codes(columns)
        texts = [name for name, kind in types.items() if pa.types.is_string(kind)]
        with self._reading(types, columns.only) as reader:
            while (batch := self._next(reader)) is not None:
                yield _with_missing(batch, texts)

    def _codes(self, columns: Columns) -> dict[str, pa.DataType]:
        """Columns that no model reads, and that look like numbers but for their leading zeros."""
        if columns.only is None:
            return {}
        looks = self._first(only=columns.only).schema
        kept = [one.name for one in looks if pa.types.is_integer(one.type) and one.name not in columns.types]
        if not kept:
            return {}
        texts = self._first(dict.fromkeys(kept, pa.string()), tuple(kept))
        codes = [name for name in kept if pc.any(pc.match_substring_regex(texts[name], _LEADING_ZERO)).as_py()]
        return dict.fromkeys(codes, pa.string())

    def _first(
        self, types: dict[str, pa.DataType] | None = None, only: tuple[str, ...] | None = None
    ) -> pa.RecordBatch:
        """The first rows of a CSV, by which it is known what its columns look like."""
        with self._reading(types or {}, only) as reader:
            first = self._next(reader)
        return first if first is not None else reader.schema.empty_table().combine_chunks()

    def _reading(self, types: dict[str, pa.DataType], only: tuple[str, ...] | None) -> pa_csv.CSVStreamingReader:
        options = pa_csv.ReadOptions(block_size=_CSV_BLOCK_BYTES)
        convert = pa_csv.ConvertOptions(
            column_types=types, include_columns=None if only is None else list(only), null_values=sorted(MISSING)
        )
        try:
            return pa_csv.open_csv(self.path, read_options=options, convert_options=convert)
        except pa.ArrowInvalid as error:
            raise self._unreadable(error) from error

    def _next(self, reader: pa_csv.CSVStreamingReader) -> pa.RecordBatch | None:
        try:
            return reader.read_next_batch()
        except StopIteration:
            return None
        except pa.ArrowInvalid as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: pa.ArrowInvalid) -> BadInput:
        said = str(error)
        place = _PLACE.search(said)
        if place:
            said = said.replace(place[0], f"column {self._header[int(place[1])]!r}")
        return BadInput(f"{self.path.name} cannot be read as CSV: {said}")

    def _open_parquet(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self.path)
        except pa.ArrowInvalid as error:
            raise BadInput(f"{self.path.name} is not a Parquet file: {error}") from error


def _with_missing(batch: pa.RecordBatch, texts: list[str]) -> pa.RecordBatch:
    """An empty field is a missing text, as it is to a deployment; other words for it are texts like any other."""
    for place, name in enumerate(batch.schema.names):
        if name in texts:
            column = batch.column(place)
            empty = pc.equal(column, "")
            if pc.any(empty).as_py():
                batch = batch.set_column(place, name, pc.if_else(empty, None, column))
    return batch


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
        """Raises BadInput for a name that promises another format, and Conflict when parts of another job are there."""
        if path.suffix.lower() not in _PARQUET:
            raise BadInput(f"answers are written as Parquet; call the target {path.stem}.parquet, not {path.name}")
        self.path = path
        self._folder = path.with_name(path.name + ".parts")
        self._folder.mkdir(parents=True, exist_ok=True)
        state = self._folder / _STATE
        self.done = len(self._parts())
        if not self.done:
            # A run that ended before its first part, as for a wrong column, leaves nothing that is worth keeping.
            _write_whole(state, msgspec.json.encode(job))
        elif msgspec.json.decode(state.read_bytes(), type=Job) != job:
            raise Conflict(
                f"{self._folder} holds parts of another run (other input, version or options); "
                "remove that folder, or give another target"
            )

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
