"""Whole files through a model: every row once, in order, also when the run is stopped in the middle."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from modelwright.core.errors import BadInput, Conflict
from modelwright.serving.batch import scoring
from modelwright.serving.batch.columns import answer_columns, table_of
from modelwright.serving.batch.files import Job, Source, Target
from modelwright.serving.batch.scoring import Asked
from modelwright.serving.model import Engine
from modelwright.serving.node.answers import Answer
from modelwright.serving.node.loading import Loaded
from modelwright.serving.node.replicas import Replicated
from modelwright.serving.node.runners import LocalRunner
from modelwright.serving.node.signature import Column, Kind, Signature
from modelwright.serving.node.tables import Schema, Table
from modelwright.serving.node.threads import Threads

SIGNATURE = Signature(
    inputs=(
        Column(name="amount", kind=Kind.FP64),
        Column(name="age", kind=Kind.INT64),
        Column(name="country", kind=Kind.BYTES),
    )
)
JOB = Job(source="in", manifest="sha256:1", part_rows=10)


class Sums:
    """Answers amount + age, and refuses negative amounts."""

    signature: Signature | None = SIGNATURE
    outputs: tuple[Column, ...] = (Column(name="sum", kind=Kind.FP64), Column(name="both", kind=Kind.FP64, dims=(2,)))
    engine = "test"
    mixes = True

    def predict(self, table: Table, *, more: bool) -> Answer:
        found = Schema(SIGNATURE).by_name(table)
        if (found["amount"] < 0).any():
            raise ValueError("a negative amount")
        total = found["amount"] + found["age"]
        both = np.stack([found["amount"], found["age"].astype(np.float64)], axis=1)
        return Answer(("sum", "both"), [total, both]) if more else Answer(("sum",), [total])


def rows(n: int) -> pa.Table:
    return pa.table(
        {
            "id": np.arange(n),
            "amount": np.arange(n) * 0.5,
            "age": np.arange(n) % 90,
            "country": [("AT", "DE")[i % 2] for i in range(n)],
        }
    )


def run(asked: Asked, *, job: Job = JOB) -> list[int]:
    told: list[int] = []

    async def go() -> None:
        with Threads(1) as threads:
            loaded = Loaded(LocalRunner(Sums(), threads), Schema(SIGNATURE))
            target = Target(asked.target, job)
            await scoring._through(asked, loaded, Source(asked.source), target, told.append)
            target.finish()

    asyncio.run(go())
    return told


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "CALL_ROWS", 7)
    monkeypatch.setattr(scoring, "PART_ROWS", 10)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("n", [1, 10, 95])
def test_every_row_is_answered_once_and_in_order(tmp_path: Path, kind: str, n: int, small: None) -> None:
    """Whatever the sizes of calls and parts, the target has the input's rows beside their answers."""
    source, target = tmp_path / f"in.{kind}", tmp_path / "out.parquet"
    (pa_csv.write_csv if kind == "csv" else pq.write_table)(rows(n), source)

    told = run(Asked(source=source, target=target, keep=("id", "country"), all_outputs=True))
    found = pq.read_table(target)

    assert list(range(n)) == found["id"].to_pylist()
    assert [i * 0.5 + i % 90 for i in range(n)] == found["sum"].to_pylist()
    assert [0.0, 0.0] == found["both"].to_pylist()[0]
    assert (0, n) == (told[0], told[-1])
    assert [source.name, target.name] == sorted(path.name for path in tmp_path.iterdir())


def test_a_stopped_run_goes_on_after_its_last_whole_part(tmp_path: Path, small: None) -> None:
    """Parts that are there are not computed again, and the end is as if nothing had happened."""
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = rows(35)
    bad = table.set_column(1, "amount", pa.array([*[0.5] * 25, -1.0, *[0.5] * 9]))
    pq.write_table(bad, source)
    with pytest.raises(BadInput, match="a negative amount"):
        run(Asked(source=source, target=target, keep=("id",)))
    kept = sorted(path.name for path in (tmp_path / "out.parquet.parts").glob("part-*"))
    pq.write_table(table, source)

    told = run(Asked(source=source, target=target, keep=("id",)))

    assert ["part-000000.parquet", "part-000001.parquet"] == kept
    assert 20 == told[0]
    assert list(range(35)) == pq.read_table(target)["id"].to_pylist()


@pytest.mark.parametrize(
    "other",
    [{"manifest": "sha256:2"}, {"source": "on"}, {"keep": ("id",)}, {"all_outputs": True}, {"engine": Engine.NATIVE}],
)
def test_parts_of_another_job_are_not_mixed_in(tmp_path: Path, other: dict[str, Any]) -> None:
    """Another version, another input or other columns need another target, or an empty folder."""
    Target(tmp_path / "out.parquet", JOB).add(rows(1))
    with pytest.raises(Conflict, match="parts of another run"):
        Target(tmp_path / "out.parquet", msgspec.structs.replace(JOB, **other))


def test_a_run_that_ended_before_its_first_part_is_in_nobodys_way(tmp_path: Path) -> None:
    """Such as one whose file lacked a column: the mended file is another job, and nothing is mixed."""
    Target(tmp_path / "out.parquet", JOB)
    mended = msgspec.structs.replace(JOB, source="mended")
    Target(tmp_path / "out.parquet", mended).add(rows(1))

    assert 1 == Target(tmp_path / "out.parquet", mended).done


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx", "out"])
def test_a_name_that_promises_another_format_is_refused(tmp_path: Path, name: str) -> None:
    """Parquet in a file called .csv is of use to nobody; nothing is left behind."""
    with pytest.raises(BadInput, match=r"answers are written as Parquet; call the target out\.parquet"):
        Target(tmp_path / name, JOB)

    assert [] == list(tmp_path.iterdir())


def test_a_column_that_is_named_like_an_answer_is_not_kept_silently(tmp_path: Path) -> None:
    """One of the two would be lost."""
    pq.write_table(rows(3).rename_columns(["sum", *rows(3).column_names[1:]]), tmp_path / "in.parquet")
    with pytest.raises(BadInput, match="'sum' is to be kept, and is also an answer's name"):
        run(Asked(source=tmp_path / "in.parquet", target=tmp_path / "out.parquet", keep=("sum",)))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda t: t.drop_columns(["age"]), "no column 'age'"),
        (lambda t: t.append_column("age", t["age"]), "2 columns 'age'"),
        (lambda t: t.set_column(2, "age", pa.array(["old"] * len(t))), "'age' has values that are not int64"),
        (lambda t: t.set_column(2, "age", pa.array([1, None] * (len(t) // 2))), "has 2 empty values"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_column(change: object, part: str) -> None:
    """The message names the column and what is wrong with it."""
    [batch] = change(rows(4)).to_batches()  # type: ignore[operator]  # a lambda of the table above
    with pytest.raises(BadInput) as refused:
        table_of(batch, Schema(SIGNATURE))

    assert part in refused.value.message


def test_a_tensor_input_takes_all_columns_as_its_width() -> None:
    """A model of one matrix gets the file's columns in their order."""
    schema = Schema(Signature(inputs=(Column(name="x", kind=Kind.FP32, dims=(2,)),), tensors=True))
    [batch] = pa.table({"a": [1, 2], "b": [3.5, 4.5]}).to_batches()

    [found] = table_of(batch, schema)

    assert [[1.0, 3.5], [2.0, 4.5]] == found.tolist()


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    """Unknown endings, files that are not there, Parquet that is none."""
    (tmp_path / "in.txt").write_text("a\n")
    (tmp_path / "in.parquet").write_text("a\n")
    for name, part in (
        ("in.txt", "neither .csv nor .parquet"),
        ("gone.csv", "no file"),
        ("in.parquet", "not a Parquet"),
    ):
        with pytest.raises(BadInput, match=part):
            Source(tmp_path / name)


def test_answers_of_every_kind_become_columns() -> None:
    """Labels, texts and objects; a matrix becomes lists of fixed length."""
    answer = Answer(
        ("label", "text", "odd"),
        [np.array([1, 2]), np.array(["a", None], dtype=object), np.array([{"k": 1}, [2]], dtype=object)],
    )

    found = {name: column.to_pylist() for name, column in answer_columns(answer).items()}

    assert {"label": [1, 2], "text": ["a", None], "odd": ['{"k":1}', "[2]"]} == found


class Waiting(LocalRunner):
    """A copy that answers its first call only once the other copy has been asked."""

    def __init__(self, threads: Threads, other: asyncio.Event) -> None:
        super().__init__(Sums(), threads)
        self._other = other
        self._waiters: list[asyncio.Task[None]] = []

    def run(self, table: Table, **asked: Any) -> None:
        self._waiters.append(asyncio.create_task(self._answer(table, asked)))

    async def _answer(self, table: Table, asked: dict[str, Any]) -> None:
        await self._other.wait()
        super().run(table, **asked)


class Telling(LocalRunner):
    """A copy that tells when it is asked."""

    def __init__(self, threads: Threads, asked: asyncio.Event) -> None:
        super().__init__(Sums(), threads)
        self._asked = asked

    def run(self, table: Table, **asked: Any) -> None:
        self._asked.set()
        super().run(table, **asked)


def test_copies_compute_at_the_same_time_and_the_rows_stay_in_order(tmp_path: Path, small: None) -> None:
    """While one copy is busy the other answers what comes after, and the file is as if there were one."""
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(rows(95), source)

    async def go() -> int:
        other = asyncio.Event()
        with Threads(1) as threads:
            copies = Replicated([Waiting(threads, other), Telling(threads, other)])
            asked = Asked(source=source, target=target, keep=("id",))
            parts = Target(target, JOB)
            async with asyncio.timeout(60):
                await scoring._through(asked, Loaded(copies, Schema(SIGNATURE)), Source(source), parts, lambda _: None)
            return parts.finish()

    assert 95 == asyncio.run(go())
    found = pq.read_table(target)
    assert list(range(95)) == found["id"].to_pylist()
    assert [i * 0.5 + i % 90 for i in range(95)] == found["sum"].to_pylist()
