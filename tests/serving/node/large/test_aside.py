"""Large bodies and answers go through a process of their own: nobody else waits, and nothing else differs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from modelwright.core.errors import ModelwrightError, Unavailable
from modelwright.serving.node.large.aside import LARGE_BYTES, LARGE_VALUES, Aside
from modelwright.serving.node.large.work import ReadCall, Reading
from modelwright.serving.node.signature import Column, Kind, Logical, Signature
from modelwright.serving.node.tables import Schema
from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES
from tests.waiting import eventually

COUNT = 3000
MANY = np.random.default_rng(0).normal(size=(COUNT, 30))
_OURS = ("modelwright-prediction",)


def bodies(rows: np.ndarray) -> dict[str, tuple[str, bytes, str]]:
    """The same rows in every form: the path, the body and its type."""
    columns = {name: rows[:, place].tolist() for place, name in enumerate(FEATURES)}
    flat = {"name": "x", "shape": list(rows.shape), "datatype": "FP64", "data": rows.ravel().tolist()}
    nested = {**flat, "data": rows.tolist()}
    records = [dict(zip(FEATURES, row, strict=True)) for row in rows.tolist()]
    text = "\n".join([",".join(FEATURES), *[",".join(map(repr, row)) for row in rows.tolist()]])
    plain = "application/json"
    return {
        "v2 flat": ("/v2/models/api/infer", json.dumps({"id": "7", "inputs": [flat]}).encode(), plain),
        "v2 nested": ("/v2/models/api/infer", json.dumps({"inputs": [nested]}).encode(), plain),
        "v2 of a version": ("/v2/models/api/versions/1/infer", json.dumps({"inputs": [flat]}).encode(), plain),
        "inputs": ("/invocations", json.dumps({"inputs": rows.tolist()}).encode(), plain),
        "records": ("/invocations", json.dumps({"dataframe_records": records}).encode(), plain),
        "csv": ("/invocations", text.encode(), "text/csv"),
        "named": ("/deployments/api/predict", json.dumps({"columns": columns}).encode(), plain),
    }


BODIES = bodies(MANY)


def on_the_loop(node: LiveNode) -> None:
    """Read and write everything on the event loop, as small requests are."""
    node.node.front._aside = None
    for endpoint in node.node.front.endpoints.values():
        for answering in (*endpoint._answering.values(), *endpoint._answering_aside.values()):
            answering._aside = None


def told(answer: httpx.Response) -> Any:
    """All that was answered, without what differs from one time to the next."""
    said = answer.json()
    if isinstance(said, dict):
        said.pop("prediction", None)
    kept = {name: value for name, value in answer.headers.items() if name not in {*_OURS, "content-length"}}
    return answer.status_code, kept, said


@pytest.mark.parametrize("form", list(BODIES))
def test_large_request_is_answered_like_small_ones(node: LiveNode, shelf: Shelf, onnx_folder: Path, form: str) -> None:
    """In every form, what the helper reads and writes is what the event loop would have read and written."""
    node.serve(shelf.route(onnx_folder))
    path, body, kind = BODIES[form]
    assert len(body) > LARGE_BYTES
    aside = node.http.post(path, content=body, headers={"content-type": kind})
    assert node.node._aside.pid
    on_the_loop(node)
    here = node.http.post(path, content=body, headers={"content-type": kind})

    assert 200 == aside.status_code, aside.text
    assert told(here) == told(aside)


@pytest.mark.parametrize("form", list(BODIES))
def test_faults_of_large_requests_are_named_alike(node: LiveNode, shelf: Shelf, onnx_folder: Path, form: str) -> None:
    """A body cut off, a value that is none, and a wrong width get the very words that small ones get."""
    node.serve(shelf.route(onnx_folder))
    path, body, kind = BODIES[form]
    faulty = [body[:-10] + b"#", body.replace(b"0.", b'"no",', 1), body.replace(FEATURES[0].encode(), b"other", 1)]
    aside = [node.http.post(path, content=one, headers={"content-type": kind}) for one in faulty]
    assert node.node._aside.pid
    on_the_loop(node)
    here = [node.http.post(path, content=one, headers={"content-type": kind}) for one in faulty]

    assert [told(one) for one in here] == [told(one) for one in aside]
    assert 400 in {one.status_code for one in aside}


def test_small_requests_start_no_process(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """What is quick to read is read where it is."""
    node.serve(shelf.route(onnx_folder))
    path, body, _ = bodies(MANY[:100])["inputs"]

    assert 200 == node.http.post(path, content=body).status_code
    assert 0 == node.node._aside.pid


def test_numbers_in_binary_are_read_and_written_where_they_are(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """To hand them over would take longer than to take them as they lie; to write them as JSON takes long."""
    node.serve(shelf.route(onnx_folder))
    rows = np.ones((LARGE_VALUES + 1, 30))
    tensor = {
        "name": "x",
        "shape": list(rows.shape),
        "datatype": "FP64",
        "parameters": {"binary_data_size": rows.nbytes},
    }

    def ask(parameters: dict[str, bool]) -> httpx.Response:
        head = json.dumps({"inputs": [tensor], "parameters": parameters}).encode()
        headers = {"Inference-Header-Content-Length": str(len(head))}
        return node.http.post("/v2/models/api/infer", content=head + rows.tobytes(), headers=headers)

    binary = ask({"binary_data_output": True})
    before = node.node._aside.pid
    as_json = ask({"binary_data_output": False})

    (output,) = as_json.json()["outputs"]
    assert [30.0] * len(rows) == output["data"]
    said = len(binary.content) - int(binary.headers["Inference-Header-Content-Length"])
    assert len(rows) * np.dtype("float64").itemsize == said
    assert (0, True) == (before, node.node._aside.pid > 0)


def test_version_that_comes_meanwhile_answers(
    node: LiveNode, shelf: Shelf, onnx_folder: Path, doubling_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a body is being read its version may be replaced: who answers then is the one that is there then."""
    node.serve(shelf.route(onnx_folder, number=1))
    front, path, body = node.node.front, *BODIES["inputs"][:2]
    held, go = threading.Event(), threading.Event()
    read = node.node._aside._found

    def found(work: Any) -> Any:
        held.set()
        go.wait(30)
        return read(work)

    monkeypatch.setattr(node.node._aside, "_found", found)
    answers: list[httpx.Response] = []
    caller = threading.Thread(target=lambda: answers.append(node.http.post(path, content=body)))
    caller.start()
    assert held.wait(30)
    node.serve(shelf.route(doubling_folder, number=2))
    go.set()
    caller.join(60)

    assert ["cancer:2"] == [one.headers["modelwright-version"] for one in answers]
    np.testing.assert_allclose(2 * MANY.sum(axis=1), answers[0].json()["predictions"])
    assert front.ready


def test_process_that_ends_costs_its_own_caller_one_answer(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """Killed over a body, its caller is told to ask again; the next body has a process again."""
    node.serve(shelf.route(onnx_folder))
    path, body, _ = BODIES["inputs"]
    node.http.post(path, content=body)
    os.kill(node.node._aside.pid, signal.SIGKILL)
    during = node.http.post(path, content=body)
    after = node.http.post(path, content=body)

    assert (503, "1", 200) == (during.status_code, during.headers["retry-after"], after.status_code)


@pytest.fixture
def aside() -> Iterator[Aside]:
    found = Aside(idle_s=0.2)
    yield found
    found.close()


def read(aside: Aside, body: bytes, *signatures: Signature) -> ReadCall | ModelwrightError:
    async def ask() -> ReadCall | ModelwrightError:
        told: asyncio.Future[ReadCall | ModelwrightError] = asyncio.get_running_loop().create_future()
        aside.read("named", {}, body, [Reading(one, open=False) for one in signatures], told.set_result)
        return await told

    return asyncio.run(ask())


def test_process_ends_when_there_is_nothing_to_do(aside: Aside) -> None:
    """Its memory is given back; the next large body starts another."""
    signature = Signature(inputs=(Column(name="x", kind=Kind.FP64),))
    for _ in range(2):
        assert isinstance(read(aside, b'{"columns":{"x":[1]}}', signature), ReadCall)
        pid = aside.pid
        assert pid
        eventually(lambda: not aside.pid)
        running = Path(f"/proc/{pid}")
        while running.exists():
            time.sleep(0.01)


def test_without_a_process_it_is_done_here(aside: Aside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts no more processes, large bodies are slow and not refused."""

    def none(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", none)
    found = read(aside, b'{"columns":{"x":[1]}}', Signature(inputs=(Column(name="x", kind=Kind.FP64),)))

    assert isinstance(found, ReadCall)
    assert 0 == aside.pid


def test_rows_are_read_for_each_signature(aside: Aside) -> None:
    """Values of every kind arrive as they were read; what does not fit one signature may fit another."""
    texts = Column(name="a", kind=Kind.BYTES, logical=Logical.STRING, required=False)
    raw = Column(name="b", kind=Kind.BYTES, logical=Logical.BINARY)
    nested = Column(name="c", kind=Kind.JSON)
    one, other = Signature(inputs=(texts, raw, nested)), Signature(inputs=(Column(name="a", kind=Kind.FP64),))
    columns = {"a": ["x", None, "é"] * 3000, "b": ["AAE="] * 9000, "c": [{"$bytes": "no"}, [1, 2.5], None] * 3000}
    found = read(aside, json.dumps({"columns": columns}).encode(), one, other)

    assert isinstance(found, ReadCall)
    assert found.knows([Reading(one, open=False), Reading(other, open=False)])
    text, rest = found.table(Schema(one))
    assert columns["a"] == text[:, 0].tolist() if text.shape[1] == 1 else [row[0] for row in text.tolist()]
    assert {b"\x00\x01"} == {row[1] for row in text.tolist()}
    assert columns["c"] == rest[:, 0].tolist()
    with pytest.raises(ModelwrightError, match="column 'a', row 0: got 'x', expected FP64"):
        found.table(Schema(other))
    with pytest.raises(Unavailable):
        found.table(Schema(Signature(inputs=(nested,))))


@pytest.mark.slow
def test_event_loop_is_never_long_with_a_large_body(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """A body of 30 MB takes a second to read; the loop, which everybody waits for, has a turn of milliseconds of it."""
    node.serve(shelf.route(onnx_folder))
    path = node.url + "/invocations"
    body = json.dumps({"inputs": np.random.default_rng(0).normal(size=(50_000, 30)).tolist()}).encode()
    turns = [0.0]

    async def beat() -> None:
        """What each turn of the loop takes, in its own processor time: a busy machine makes no turn longer."""
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            turns.append(time.thread_time() - began)

    beating = asyncio.run_coroutine_threadsafe(beat(), node._loop)
    answers = [node.http.post(path, content=body) for _ in range(2)]
    beating.cancel()

    assert [200, 200] == [one.status_code for one in answers]
    assert max(turns) < 0.1, sorted(turns)[-10:]
