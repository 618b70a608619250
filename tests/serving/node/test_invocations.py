"""MLflow's scoring protocol, and our own with named columns."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serving.node.live import LiveNode, Shelf
from tests.serving.node.models import FEATURES, ROWS

JSON_TYPE = {"content-type": "application/json"}
SUMS = ROWS[:4].sum(axis=1).tolist()
TABLE = ROWS[:4].tolist()
BACKWARDS = {"columns": FEATURES[::-1], "data": [row[::-1] for row in TABLE]}
EXTRA = {"columns": [*FEATURES, "other"], "data": [[*row, "?"] for row in TABLE]}
RECORDS = [dict(zip(FEATURES, row, strict=True)) for row in TABLE]
COLUMNS = {name: ROWS[:4, place].tolist() for place, name in enumerate(FEATURES)}


@pytest.fixture
def api(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> LiveNode:
    node.serve(shelf.route(onnx_folder))
    return node


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": FEATURES, "data": TABLE}},
        {"dataframe_split": {"columns": FEATURES, "data": TABLE, "index": [3, 2, 1, 0]}},
        {"dataframe_split": BACKWARDS},
        {"dataframe_split": EXTRA},
        {"dataframe_records": RECORDS},
        {"inputs": TABLE},
        {"instances": TABLE},
        {"inputs": COLUMNS},
        {"instances": RECORDS},
    ],
)
@pytest.mark.parametrize("path", ["/invocations", "/deployments/api/invocations"])
def test_every_form_is_answered_alike(api: LiveNode, body: Any, path: str) -> None:
    """All of MLflow's ways to write rows give the same predictions; order is free, strange columns are dropped."""
    answer = api.http.post(path, json=body)

    assert 200 == answer.status_code, answer.text
    np.testing.assert_allclose(answer.json()["predictions"], SUMS)


def test_csv_is_read_by_its_header(api: LiveNode) -> None:
    """CSV columns are found by name, whatever their order."""
    text = io.StringIO()
    csv.writer(text).writerows([BACKWARDS["columns"], *BACKWARDS["data"]])
    answer = api.http.post("/invocations", content=text.getvalue(), headers={"content-type": "text/csv; charset=utf-8"})

    np.testing.assert_allclose(answer.json()["predictions"], SUMS)


def test_ping_says_when_everything_is_loaded(node: LiveNode, shelf: Shelf, onnx_folder: Path) -> None:
    """MLflow's /ping and /health are 200 once the node has what it should have."""
    node.serve(shelf.route(onnx_folder))

    assert 200 == node.http.get("/ping").status_code
    assert 200 == node.http.get("/health").status_code
    assert "test" == node.http.get("/version").text


@pytest.mark.parametrize(
    ("content", "headers", "status", "said"),
    [
        ('{"inputs": [[1, 2]]}', JSON_TYPE, 400, "row 0 has 2 values; expected a list of 30"),
        ('{"inputs": [[1]], "instances": [[1]]}', JSON_TYPE, 400, "exactly one of"),
        ('{"rows": []}', JSON_TYPE, 400, "exactly one of"),
        ("[]", JSON_TYPE, 400, "fit the protocol"),
        ("{", JSON_TYPE, 400, "not JSON"),
        ("", JSON_TYPE, 400, "not JSON"),
        (
            '{"dataframe_split": {"columns": ["mean radius"], "data": [[1.0]]}}',
            JSON_TYPE,
            400,
            "'mean texture' is missing",
        ),
        ('{"dataframe_split": 1}', JSON_TYPE, 400, "dataframe_split must be"),
        ('{"dataframe_records": {"a": 1}}', JSON_TYPE, 400, "expected a list of objects"),
        ("a,b\n1", {"content-type": "text/csv"}, 400, "row 0 has 1 fields"),
        ("<x/>", {"content-type": "application/xml"}, 415, "application/xml"),
        ("{}", {"content-type": "application/json; charset=latin-1"}, 415, "charset"),
    ],
)
def test_faults_are_told_in_mlflows_words(
    api: LiveNode, content: str, headers: dict[str, str], status: int, said: str
) -> None:
    """An error has MLflow's two keys and says what was found and what was expected."""
    answer = api.http.post("/invocations", content=content, headers=headers)

    assert status == answer.status_code
    assert {"error_code", "message"} == answer.json().keys()
    assert said in answer.json()["message"]


@pytest.mark.parametrize("body", [{"rows": RECORDS}, {"columns": COLUMNS}])
def test_named_rows_are_answered_with_their_origin(api: LiveNode, body: Any) -> None:
    """Our own protocol names outputs, the version that answered and the prediction's id."""
    answer = api.http.post("/deployments/api/predict", json=body)

    said = answer.json()
    assert 200 == answer.status_code, answer.text
    assert ("api", "cancer:1") == (said["deployment"], said["version"])
    assert said["prediction"] == answer.headers["modelwright-prediction"]
    np.testing.assert_allclose([row["predict"] for row in said["predictions"]], SUMS)


def test_wrong_value_is_named_by_column_and_row(api: LiveNode) -> None:
    """The error says which column, which row, what came and what was expected."""
    records = [RECORDS[0], {**RECORDS[1], "mean area": "big"}]
    answer = api.http.post("/deployments/api/predict", json={"rows": records})

    assert 400 == answer.status_code
    assert "column 'mean area', row 1: got 'big', expected FP64" == answer.json()["message"]
    assert {"column": "mean area", "row": 1, "expected": "FP64"} == answer.json()["facts"]


def test_prediction_ids_grow(api: LiveNode) -> None:
    """Ids of one node sort by time."""
    ids = [api.http.post("/invocations", json={"inputs": TABLE}).headers["modelwright-prediction"] for _ in range(20)]

    assert sorted(set(ids)) == ids


def test_missing_values_pass_as_nan(api: LiveNode) -> None:
    """null, NaN and an absent float are all missing, and the model decides what to make of them."""
    for text in ("null", "NaN"):
        body = '{"inputs": [[' + ",".join([text, *["1"] * 29]) + "]]}"
        answer = api.http.post("/invocations", content=body, headers=JSON_TYPE)
        assert {"predictions": [None]} == answer.json()


def test_openapi_describes_the_signature(api: LiveNode) -> None:
    """The document of a deployment names each column as required."""
    document = json.loads(api.http.get("/deployments/api/openapi.json").content)

    asked = document["paths"]["/deployments/api/predict"]["post"]["requestBody"]["content"]["application/json"]
    row = asked["schema"]["oneOf"][0]["properties"]["row"]
    assert FEATURES == row["required"]
    assert {"type": ["number", "null"]} == row["properties"]["mean radius"]


def test_a_mark_at_the_beginning_is_no_part_of_the_json(api: LiveNode) -> None:
    """Some writers of UTF-8, PowerShell's among them, begin with a byte order mark."""
    answer = api.http.post("/invocations", content=b"\xef\xbb\xbf" + json.dumps({"inputs": TABLE}).encode())

    np.testing.assert_allclose(answer.json()["predictions"], SUMS)


@pytest.mark.parametrize(("field", "sum_of_others"), [("NA", None), ("null", None), ("", None), ("1e1", 39.0)])
def test_numbers_are_missing_in_csv_as_tables_say_it(api: LiveNode, field: str, sum_of_others: float | None) -> None:
    """R writes NA, databases null, spreadsheets nothing at all."""
    text = "\n" + ",".join(FEATURES) + "\n" + ",".join([field, *["1"] * 29]) + "\n"
    answer = api.http.post("/invocations", content=text, headers={"content-type": "text/csv"})

    assert {"predictions": [sum_of_others]} == answer.json()


def test_numbers_with_underscores_are_refused(api: LiveNode) -> None:
    """Python alone takes them for numbers."""
    text = ",".join(FEATURES) + "\n" + ",".join(["1_0", *["1"] * 29])
    answer = api.http.post("/invocations", content=text, headers={"content-type": "text/csv"})

    assert 400 == answer.status_code
    assert "got '1_0'" in answer.json()["message"]
