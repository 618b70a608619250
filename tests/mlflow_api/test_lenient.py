import json
import math
from typing import Any

import msgspec
import pytest

from modelwright.core.errors import BadInput
from modelwright.mlflow_api.encode import number
from modelwright.mlflow_api.lenient import shape_of
from modelwright.mlflow_api.wire.runs import GetRun, LogBatch
from tests.mlflow_api.facts import FACTS, REQUESTS

# protobuf takes these by accident of Python; we refuse them. Rows in docs/reference/mlflow-compatibility.md.
REFUSED = {
    *{(field, text) for field in ("value", "status") for text in ("true", "false")},  # a boolean is no number
    *{("status", text) for text in ("1.5", "3.7")},  # not whole
    *{(field, '"1_000"') for field in ("max_results", "end_time", "value")},  # Python's digits, not JSON's
    *{(field, '"\\u0663"') for field in ("max_results", "end_time", "value", "status")},
    *{(field, text) for field in ("value", "status") for text in ('" 1"', '"1 "')},
    *{("value", text) for text in ('"NAN"', '"-NaN"')},  # protobuf's own NaN has one spelling
    ("value", '"1e999"'),  # out of range, not infinite
    *{("params", text) for text in ('["a"]', '["a","b"]', "[[]]", "[{}]")},  # no object, or no key
}
# What protobuf finds no enum member for, it takes as "not set" without a word; we refuse it too.
DROPPED = {
    case["value"] for case in FACTS["fields"] if case["field"] == "status" and case["read"] == {} != case["value"]
} - {"null", '"1.0"', '"5."'}  # the latter two are spellings of numbers
SHARED = [
    case
    for case in FACTS["fields"]
    if (case["field"], case["value"]) not in REFUSED and not (case["field"] == "status" and case["read"] == {})
]
REST = {"run_id": "r", "key": "k", "timestamp": 1, "name": "n", "version": "1", "stage": "s"}
NOT_SET = {"max_results": 1000, "archive_existing_versions": False, "order_by": [], "params": [], "end_time": None}


def read(message: str, field: str, text: str) -> Any:
    kind = REQUESTS[message]
    rest = {name: REST[name] for name in kind.__struct_fields__ if name in REST}
    return getattr(shape_of(kind).read({**rest, field: json.loads(text)}), field)


def as_mlflow_writes(value: Any) -> Any:
    """`value` as in the recorded facts, where nothing that is empty is written inside of lists."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, tuple):
        plain = msgspec.to_builtins(value)
        return [{k: v for k, v in each.items() if v} if isinstance(each, dict) else each for each in plain]
    return value


@pytest.mark.parametrize("case", SHARED, ids=lambda case: f"{case['field']}={case['value']}")
def test_value_is_read_as_protobuf_reads_it(case: Any) -> None:
    """A value is taken for what protobuf takes it, and refused where protobuf refuses it."""
    message, field, text, theirs = case["message"], case["field"], case["value"], case["read"]
    if theirs is None:
        with pytest.raises(BadInput, match=r"^(Invalid value|Missing value for required parameter) "):
            read(message, field, text)
    elif message == "LogMetric" and text == "null":
        with pytest.raises(BadInput, match="Missing value for required parameter 'value'"):
            read(message, field, text)
    else:
        not_set = "" if message == "LogParam" else NOT_SET.get(field)
        assert theirs.get(field, not_set) == as_mlflow_writes(read(message, field, text))


@pytest.mark.parametrize(("field", "text"), sorted(REFUSED))
def test_accident_is_refused(field: str, text: str) -> None:
    """What protobuf takes only by accident of Python is refused, and the parameter is named."""
    message = next(case["message"] for case in FACTS["fields"] if (case["field"], case["value"]) == (field, text))

    with pytest.raises(BadInput, match=field):
        read(message, field, text)


@pytest.mark.parametrize("text", sorted(DROPPED))
def test_unknown_enum_name_is_refused(text: str) -> None:
    """A name that the enum does not have is dropped by protobuf; we say which names there are."""
    with pytest.raises(BadInput, match="expected one of RUNNING, SCHEDULED, FINISHED, FAILED, KILLED"):
        read("UpdateRun", "status", text)


@pytest.mark.parametrize("case", FACTS["bodies"], ids=lambda case: case["body"])
def test_body_is_read_as_protobuf_reads_it(case: Any) -> None:
    """Names in either case, unknown fields and conflicting spellings are treated as MLflow treats them."""
    shape = shape_of(REQUESTS[case["message"]])
    if case["read"] is None:
        with pytest.raises(BadInput, match="Request specifies both 'run_id' and 'runId'"):
            shape.read(json.loads(case["body"]))
    else:
        assert shape.read(case["read"]) == shape.read(json.loads(case["body"]))


def test_path_of_a_nested_field_is_in_the_message() -> None:
    """An error in a batch names the element."""
    metrics = [{"key": "a", "value": 1, "timestamp": 1}, {"key": "b", "value": 1}]

    with pytest.raises(BadInput) as refused:
        shape_of(LogBatch).read({"run_id": "r", "metrics": metrics})

    assert refused.value.message == (
        "Missing value for required parameter 'metrics[1].timestamp'. "
        "See the API docs for more information about request parameters."
    )


def test_huge_value_is_not_repeated_in_full() -> None:
    """A message shows the beginning of a long value, and the size of a huge integer."""
    with pytest.raises(BadInput) as long:
        read("LogParam", "value", json.dumps(["x"] * 1000))
    with pytest.raises(BadInput, match=r"an integer of 1001 bits"):
        read("UpdateRun", "end_time", str(2**1000))

    assert len(long.value.message) < 300


def test_huge_integer_is_no_double() -> None:
    """An integer beyond the doubles is refused, not taken for infinity."""
    with pytest.raises(BadInput, match="expected a double"):
        read("LogMetric", "value", "9" * 400)

    assert math.isinf(read("LogMetric", "value", '"Infinity"'))


def test_run_uuid_stands_for_run_id() -> None:
    """Old clients say run_uuid."""
    assert "r" == shape_of(GetRun).read({"run_uuid": "r"}).run_id
    with pytest.raises(BadInput, match="Missing value for required parameter 'run_id'"):
        shape_of(GetRun).read({"run_uuid": ""})


def test_field_of_an_unknown_type_is_no_request() -> None:
    """A request with a field that protobuf could not have is refused when it is declared."""

    class Odd(msgspec.Struct):
        value: bytes

    with pytest.raises(TypeError, match="cannot have a field"):
        shape_of(Odd)  # type: ignore[type-var]  # on purpose
