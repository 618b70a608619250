"""What MLflow's clients write, read as MLflow's own server reads it, for signatures of every kind."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from modelwright.core.errors import BadInput
from modelwright.serving.node.invocations import parse
from modelwright.serving.node.messages import Request
from modelwright.serving.node.signature import from_mlmodel
from modelwright.serving.node.tables import OpenSchema, Schema


def schema(*inputs: dict[str, Any]) -> Schema:
    found = from_mlmodel({"signature": {"inputs": json.dumps(inputs)}})
    assert found is not None
    return Schema(found)


def asked(body: Any, into: Schema) -> list[np.ndarray]:
    content, kind = (body.encode(), b"text/csv") if isinstance(body, str) else (json.dumps(body).encode(), b"")
    return parse(Request("POST", "/invocations", {b"content-type": kind}, content)).table(into)


def rows(body: Any, into: Schema) -> list[Any]:
    (array,) = asked(body, into)
    return array.tolist()  # type: ignore[no-any-return]  # nested lists


UNNAMED = schema({"type": "double"}, {"type": "double"})
TENSOR = schema({"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}})
NUMBERED = schema({"type": "double", "name": 0}, {"type": "double", "name": 1})
NAMED_TENSORS = schema(
    {"type": "tensor", "name": "a", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}},
    {"type": "tensor", "name": "b", "tensor-spec": {"dtype": "float64", "shape": [-1, 1]}},
)
MIXED = schema({"type": "long", "name": "n"}, {"type": "string", "name": "s"})
TEXT = schema({"type": "string", "name": "s"})


@pytest.mark.parametrize("into", [UNNAMED, TENSOR], ids=["columns", "tensor"])
@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [{"0": 1.0, "1": 2.0}, {"1": 4.0, "0": 3.0}]},
        {"instances": [{"p": 1.0, "q": 2.0}, {"p": 3.0, "q": 4.0}]},
        {"dataframe_split": {"columns": ["p", "q"], "index": [7, 8], "data": [[1.0, 2.0], [3.0, 4.0]]}},
    ],
)
def test_where_the_signature_has_no_names_values_are_taken_by_their_places(body: Any, into: Schema) -> None:
    """As of a model trained on an array, whose table gets names only on its way."""
    assert [[1.0, 2.0], [3.0, 4.0]] == rows(body, into)


def test_csv_of_a_model_without_names_is_taken_by_its_places() -> None:
    """Its header names what the caller likes."""
    assert [[1.0, 2.0], [3.0, 4.0]] == rows("p,q\n1,2\n3,4\n", UNNAMED)


def test_columns_called_by_numbers_are_found_in_every_form() -> None:
    """So pandas calls the columns of an array."""
    table = [[1.0, 2.0], [3.0, 4.0]]

    assert table == rows({"dataframe_split": {"columns": [0, 1], "data": table}}, NUMBERED)
    assert table == rows({"dataframe_split": {"columns": ["1", "0"], "data": [[2.0, 1.0], [4.0, 3.0]]}}, NUMBERED)
    assert table == rows({"dataframe_records": [{"0": 1.0, "1": 2.0}, {"0": 3.0, "1": 4.0}]}, NUMBERED)


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": {"a": [[1.0, 2.0], [3.0, 4.0]], "b": [[5.0], [6.0]]}},
        {"instances": [{"a": [1.0, 2.0], "b": [5.0]}, {"b": [6.0], "a": [3.0, 4.0]}]},
        {"dataframe_split": {"columns": ["b", "a"], "data": [[[5.0], [1.0, 2.0]], [[6.0], [3.0, 4.0]]]}},
    ],
)
def test_named_tensors_may_come_row_by_row(body: Any) -> None:
    """As TensorFlow Serving's clients write instances."""
    a, b = asked(body, NAMED_TENSORS)

    assert ([[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]]) == (a.tolist(), b.tolist())


def test_names_of_a_model_without_a_signature_reach_it() -> None:
    """Without them a table whose columns come in another order would be answered as if they did not."""
    split = {"columns": ["b", "a"], "data": [[1, 2], [3, 4]]}

    assert [{"b": 1, "a": 2}, {"b": 3, "a": 4}] == rows({"dataframe_split": split}, OpenSchema())
    assert [[1, 2], [3, 4]] == rows({"dataframe_split": {"data": split["data"]}}, OpenSchema())


def test_csv_of_a_model_without_a_signature_has_numbers_where_all_of_a_column_are() -> None:
    """What is empty is missing; a number among texts is a text."""
    text = "a,b,c,d\n1,x,true,0.5\n,7,False,NA\n"

    expected = [{"a": 1, "b": "x", "c": True, "d": 0.5}, {"a": None, "b": "7", "c": False, "d": None}]
    assert expected == rows(text, OpenSchema())


@pytest.mark.parametrize("kind", ["object", "array"])
def test_rows_of_any_form_stay_as_they_came(kind: str) -> None:
    """As for a model whose type hint is a list of objects or of lists."""
    into = schema({"type": kind, "items": {"type": "double"}, "properties": {}})
    given = [[1.0, 2.0], [3.0]] if kind == "array" else [{"role": "user"}, {"role": "system", "n": 1}]

    assert [[one] for one in given] == rows({"inputs": given}, into)


CHAT = schema(
    {"type": "array", "name": "messages", "items": {"type": "object", "properties": {}}},
    {"type": "double", "name": "temperature", "required": False},
)


def test_a_body_with_messages_is_a_row_and_what_the_signature_does_not_name_are_parameters() -> None:
    """As chat models are asked."""
    said = [{"role": "user", "content": "why?"}]
    body = json.dumps({"messages": said, "temperature": 0.5, "seed": 7}).encode()
    call = parse(Request("POST", "/invocations", {}, body))
    found = Schema.by_name(CHAT, call.table(CHAT))

    assert ([said], [0.5]) == (found["messages"].tolist(), found["temperature"].tolist())
    assert {"seed": 7} == call.params


@pytest.mark.parametrize("into", [UNNAMED, TENSOR, TEXT, OpenSchema()], ids=["unnamed", "tensor", "text", "open"])
def test_a_slip_of_the_pen_is_not_taken_for_a_chat(into: Schema) -> None:
    """`input` for `inputs`."""
    with pytest.raises(BadInput, match=r"has the keys \['input'\]; it must have exactly one of \['dataframe_split'"):
        asked({"input": [[1.0, 2.0]]}, into)


def test_one_value_for_a_single_column_is_a_row() -> None:
    """A question to a model that takes a text."""
    assert [["why?"]] == rows({"inputs": "why?"}, TEXT)


def test_whole_numbers_may_be_written_with_a_point() -> None:
    """1.0 is what JavaScript and a table that had gaps make of 1; 1.5 is none, and 2**53 and a bit cannot be told."""
    number, text = asked({"dataframe_records": [{"n": 1.0, "s": "x"}]}, MIXED)
    assert ([[1]], "int64", [["x"]]) == (number.tolist(), str(number.dtype), text.tolist())
    assert [[3]] == asked("n,s\n3.0,x\n", MIXED)[0].tolist()
    for wrong in (1.5, 2.0**54, 1e300):
        with pytest.raises(BadInput, match="column 'n', row 0: got"):
            asked({"dataframe_records": [{"n": wrong, "s": "x"}]}, MIXED)


def test_an_empty_field_of_csv_is_a_missing_text() -> None:
    """So pandas writes what is missing; other words for it are texts like any other."""
    number, text = asked("n,s\n1,\n2,NA\n", MIXED)

    assert ([[1], [2]], [[None], ["NA"]]) == (number.tolist(), text.tolist())


def test_words_for_missing_are_missing_numbers_in_csv_and_odd_digits_are_none() -> None:
    """R writes NA. Python would read 1_0 and the digits of every script."""
    column = schema({"type": "double", "name": "x"})

    assert np.isnan(rows("x\nNA\nNULL\n", column)).all()
    for odd in ("1_0", "\u0661"):
        with pytest.raises(BadInput, match="column 'x', row 0"):
            rows(f"x\n{odd}\n", column)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"dataframe_split": {"columns": ["s"], "index": [1, 2], "data": [["x"]]}}, "index has 2 labels for 1 rows"),
        ({"dataframe_records": [{"p": 1.0, "q": 2.0, "r": 3.0}]}, "row 0 has 3 values; expected a list of 2"),
    ],
)
def test_tables_that_do_not_fit_are_refused(body: Any, said: str) -> None:
    """By what is wrong with them."""
    with pytest.raises(BadInput, match=said):
        asked(body, TEXT if "dataframe_split" in body else UNNAMED)


def test_what_is_no_base64_is_the_callers_fault() -> None:
    """Also letters beyond ASCII."""
    for wrong in ("AQI", "\u00e9", "not base64!"):
        with pytest.raises(BadInput, match="not base64"):
            asked({"dataframe_records": [{"raw": wrong}]}, schema({"type": "binary", "name": "raw"}))
