"""Graphs of pipelines on named columns, and the rows that are made to tell them from the pipelines."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime as ort
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from modelwright.serving.node.worker.guest import table_graph
from modelwright.serving.node.worker.guest.inputs import Inputs
from modelwright.serving.node.worker.guest.table_rows import (
    INFINITE,
    MISSING,
    UNKNOWN,
    _number,
    _ordinal,
    telling_table,
)

KINDS = {"the age": "FP64", "town": "BYTES", "trade": "BYTES"}
COLUMNS: list[dict[str, Any]] = [
    {"name": name, "kind": kind, "dims": [], "logical": "string" if kind == "BYTES" else None}
    for name, kind in KINDS.items()
]
INPUTS = Inputs({"tensors": False, "columns": COLUMNS, "groups": [[0], [1, 2]]})


def frame(ages: list[float], towns: list[Any], trades: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(
        {"the age": ages, "town": towns, "trade": trades},
        schema={"the age": pl.Float64, "town": pl.String, "trade": pl.String},
    )


def fitted(town: Any) -> Pipeline:
    random = np.random.default_rng(3)
    ages = random.normal(40, 10, 200)
    towns, trades = random.choice(["a", "b", "c"], 200), random.choice(["x", "y"], 200).astype(object)
    labels = np.where((ages > 42) ^ (towns == "b") ^ (trades == "x"), "yes", "no")
    trades[::9] = None
    numbered = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    table = ColumnTransformer(
        [
            ("age", make_pipeline(SimpleImputer(), StandardScaler()), ["the age"]),
            ("town", town, ["town"]),
            ("trade", numbered, ["trade"]),
        ]
    )
    pipeline = Pipeline([("table", table), ("model", RandomForestClassifier(15, random_state=0))])
    return pipeline.fit(frame(ages.tolist(), towns.tolist(), trades.tolist()), labels)


@pytest.fixture(scope="module")
def tolerant() -> Pipeline:
    imputed = SimpleImputer(missing_values=None, strategy="most_frequent")
    return fitted(make_pipeline(imputed, OneHotEncoder(handle_unknown="ignore")))


@pytest.fixture(scope="module")
def session(tolerant: Pipeline) -> tuple[ort.InferenceSession, list[str]]:
    graph, fed = table_graph.convert(tolerant, KINDS, table_graph.CUT)
    return ort.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"]), fed


TEXTS = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "x", "y", "A", "", "None", "a\0"]), st.text(max_size=5))
ROW = st.tuples(st.floats(-1e30, 1e30) | st.just(float("nan")) | st.floats(0, 80), TEXTS, TEXTS)


@given(st.lists(ROW, min_size=1, max_size=8))
def test_a_graph_answers_like_its_pipeline(
    tolerant: Pipeline, session: tuple[ort.InferenceSession, list[str]], rows: list[tuple[float, Any, Any]]
) -> None:
    """Whatever is unknown or missing, in whatever rows."""
    ages, towns, trades = (list(column) for column in zip(*rows, strict=True))
    asked = frame(ages, towns, trades)
    ran, fed = session
    said = {
        name: np.array([table_graph.STANDS_FOR_MISSING if one is None else one for one in values], dtype=object)
        if KINDS[name] == "BYTES"
        else np.array(values)
        for name, values in {"the age": ages, "town": towns, "trade": trades}.items()
    }
    feeds = {one.name: said[fed[place]].reshape(-1, 1) for place, one in enumerate(ran.get_inputs())}
    _, scores = ran.run(None, feeds)

    np.testing.assert_allclose(tolerant.predict_proba(asked), scores, rtol=1e-5, atol=1e-6)


def asking(pipeline: Pipeline) -> Any:
    return lambda columns: [
        pipeline.predict_proba(frame(columns[0].tolist(), columns[1].tolist(), columns[2].tolist()))
    ]


def test_what_a_pipeline_refuses_is_found_by_column() -> None:
    """One that has no answer for an unknown town says so for towns alone, and lists the towns that it knows."""
    columns, takes = telling_table(fitted(OneHotEncoder()), INPUTS, {}, asking(fitted(OneHotEncoder())))

    assert {0: {INFINITE}, 1: {UNKNOWN, MISSING}} == {
        column: what - {"large"} for column, what in takes.refused.items()
    }
    assert {1: ["a", "b", "c"]} == takes.known
    assert {"a", "b", "c"} == set(columns[1])
    assert np.isnan(columns[0]).any()
    assert None in columns[2]


def test_rows_lie_on_both_sides_of_each_jump(tolerant: Pipeline) -> None:
    """Where one number more changes the answer, both are among the rows: a threshold that is rounded shows."""
    ask = asking(tolerant)
    columns, _ = telling_table(tolerant, INPUTS, {}, ask)
    edges = [column[1500:] for column in columns]
    half = len(edges[0]) // 2
    low, high = edges[0][:half], edges[0][half:]
    beside = np.flatnonzero((np.nextafter(low, high) == high) & (low != high))
    answers = ask(edges)[0]

    assert len(beside) > 20
    assert all((answers[place] != answers[half + place]).any() for place in beside)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20))
def test_ordinals_are_in_the_order_of_the_numbers(values: list[float]) -> None:
    """And give the numbers back."""
    numbers = np.array(values)
    ordinals = _ordinal(numbers)

    # Compared, not subtracted: a difference of floats may overflow, and large ordinals are no floats.
    np.testing.assert_array_equal(numbers[:-1] < numbers[1:], ordinals[:-1] < ordinals[1:])
    np.testing.assert_array_equal(numbers[:-1] > numbers[1:], ordinals[:-1] > ordinals[1:])
    np.testing.assert_array_equal(numbers, _number(ordinals, numbers.dtype))
