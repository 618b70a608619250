import contextlib
import json
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from modelwright.core.errors import BadInput
from modelwright.mlflow_api.decode import Decoder, check_content_type
from modelwright.mlflow_api.lenient import shape_of
from modelwright.mlflow_api.wire.logged_models import FinalizeLoggedModel, LoggedModelStatus
from modelwright.mlflow_api.wire.registry import TransitionModelVersionStage
from modelwright.mlflow_api.wire.runs import LogBatch, LogMetric, SearchRuns, UpdateRun
from modelwright.mlflow_api.wire.values import INT64, NewMetric, NewParam, NewTag, Request, ViewType

TEXT = st.text(st.characters(codec="utf-8"))
GIVEN = st.text(st.characters(codec="utf-8"), min_size=1)
LONG = st.integers(*INT64)
METRICS = st.builds(
    NewMetric,
    key=GIVEN,
    value=st.floats(allow_nan=False, allow_infinity=False),
    timestamp=LONG,
    step=LONG,
    dataset_name=st.none() | TEXT,
    model_id=st.none() | TEXT,
    run_id=st.none() | TEXT,
)
BATCHES = st.builds(
    LogBatch,
    run_id=GIVEN,
    metrics=st.lists(METRICS, max_size=3).map(tuple),
    params=st.lists(st.builds(NewParam, key=GIVEN, value=TEXT), max_size=3).map(tuple),
    tags=st.lists(st.builds(NewTag, key=GIVEN, value=TEXT), max_size=3).map(tuple),
)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def as_java_says(value: Any) -> Any:
    """A message as other languages' protobuf may write it: camelCase names, numbers as strings."""
    if isinstance(value, dict):
        return {camel(name): as_java_says(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_java_says(each) for each in value]
    return repr(value) if isinstance(value, int | float) else value


@given(BATCHES)
def test_both_speeds_read_the_same(batch: LogBatch) -> None:
    """What the fast path reads, the lenient path reads to the same Struct."""
    body = msgspec.json.encode(batch)

    assert batch == Decoder(LogBatch).body(body)
    assert batch == shape_of(LogBatch).read(json.loads(body))


@given(BATCHES)
def test_every_spelling_reads_the_same(batch: LogBatch) -> None:
    """Names in camelCase and numbers as strings mean the same request."""
    said = as_java_says(msgspec.to_builtins(batch))

    assert batch == Decoder(LogBatch).body(msgspec.json.encode(said))


@given(BATCHES)
def test_twice_encoded_body_is_opened(batch: LogBatch) -> None:
    """Old clients send a JSON string that holds the JSON."""
    twice = json.dumps(msgspec.json.encode(batch).decode()).encode()

    assert batch == Decoder(LogBatch).body(twice)


@given(st.binary(max_size=60))
def test_bytes_are_read_or_refused(body: bytes) -> None:
    """Whatever bytes come, the only error is BadInput."""
    with contextlib.suppress(BadInput):
        Decoder(UpdateRun).body(body)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"run_id":"a",}',
        b"[1]",
        b"1",
        b"true",
        b'"text"',
        b'"[1]"',
        b"\xff",
        b'{"run_id":"\xff"}',
        b'{"run_id":"\\ud800"}',
        b'{"run_id":' + b"[" * 100_000,
        b'{"run_id":"r","unknown":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"run_id":"r","end_time":NaN}',
        b'{"run_id":"r","end_time":' + b"9" * 10_000 + b"}",
    ],
    ids=lambda body: body[:20],
)
def test_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    """MLflow takes a malformed body for an empty one; we say what is wrong with it."""
    with pytest.raises(BadInput):
        Decoder(UpdateRun).body(body)


@pytest.mark.parametrize("body", [b"", b"  ", b"null", b"{}", b'"{}"', b'"null"'])
def test_missing_body_is_an_empty_request(body: bytes) -> None:
    """No body at all means that nothing is set."""
    assert SearchRuns() == Decoder(SearchRuns).body(body)


def test_null_means_not_set() -> None:
    """A field that is null is a field that was not sent."""
    assert UpdateRun(run_id="r") == Decoder(UpdateRun).body(b'{"run_id":"r","status":null,"endTime":null}')


def test_query_is_read_by_type() -> None:
    """Strings of a query become numbers, enums and lists; unknown names are ignored."""
    query = b"experiment_ids=1&experiment_ids=2&max_results=7&run_view_type=ALL&filter=a%20%3D+%27b%27&other=1"
    asked = SearchRuns(experiment_ids=("1", "2"), max_results=7, run_view_type=ViewType.ALL, filter="a = 'b'")

    assert asked == Decoder(SearchRuns).query(query)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("False", False)])
def test_boolean_of_a_query_is_a_word(text: str, value: bool) -> None:  # noqa: FBT001 - the value under test
    """`true` and `false`, in any case."""
    query = f"name=m&version=1&stage=s&archive_existing_versions={text}".encode()

    assert value is Decoder(TransitionModelVersionStage).query(query).archive_existing_versions


@pytest.mark.parametrize(
    ("kind", "query", "message"),
    [
        (TransitionModelVersionStage, b"archive_existing_versions=1", "Invalid boolean value: 1, must be"),
        (SearchRuns, b"max_results=x", "Invalid value \"x\" for parameter 'max_results' supplied"),
        (SearchRuns, b"max_results=", "Missing value for required parameter 'max_results'"),
        (SearchRuns, b"max_results=1&max_results=2", "'max_results' is given 2 times"),
        (SearchRuns, b"filter=%ff", "not percent-encoded UTF-8"),
        (SearchRuns, b"filter=\xc3\xa9", "not percent-encoded UTF-8"),
        (UpdateRun, b"runId=r", "Missing value for required parameter 'run_id'"),
        (LogMetric, b"run_id=&key=k&value=1&timestamp=1", "Missing value for required parameter 'run_id'"),
    ],
)
def test_bad_query_is_refused(kind: type[Request], query: bytes, message: str) -> None:
    """A query has snake_case names, and one value for a field that takes one."""
    with pytest.raises(BadInput, match=message):
        Decoder(kind).query(query)


def test_path_gives_what_the_body_leaves_out() -> None:
    """MLflow wants model_id in the body although the path has it; we take it from either."""
    decoder = Decoder(FinalizeLoggedModel)
    ready = FinalizeLoggedModel(model_id="m-1", status=LoggedModelStatus.LOGGED_MODEL_READY)

    assert ready == decoder.body_and_path(b'{"status":"LOGGED_MODEL_READY"}', {"model_id": "m-1"})
    assert ready == decoder.body_and_path(b'{"model_id":"m-1","status":2}', {"model_id": "m-1"})
    assert ready == decoder.query_and_path(b"status=2", {"model_id": "m-1"})


@pytest.mark.parametrize("name", ["model_id", "modelId"])
def test_body_may_not_contradict_the_path(name: str) -> None:
    """Which of two models is meant, nobody could say."""
    body = json.dumps({name: "m-2", "status": 2}).encode()

    with pytest.raises(BadInput, match=r"model_id"):
        Decoder(FinalizeLoggedModel).body_and_path(body, {"model_id": "m-1"})


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_posted(content_type: str) -> None:
    """Parameters of the type do not matter."""
    check_content_type("POST", content_type)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/x-www-form-urlencoded"])
def test_anything_else_may_not_be_posted(method: str, content_type: str | None) -> None:
    """A form of another site's page cannot say that it sends JSON."""
    with pytest.raises(BadInput, match="Content-Type"):
        check_content_type(method, content_type)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
def test_other_methods_need_no_type(method: str) -> None:
    """As in MLflow, whose clients may send DELETE without a type."""
    check_content_type(method, None)
