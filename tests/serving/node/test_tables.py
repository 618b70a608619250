"""Reading rows against a signature: what fits goes through unchanged, what does not is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from modelwright.core.errors import BadInput
from modelwright.serving.node.signature import Column, Kind, Logical, Signature
from modelwright.serving.node.tables import Numbers, Schema

MIXED = Signature(
    inputs=(
        Column(name="age", kind=Kind.INT64),
        Column(name="income", kind=Kind.FP64),
        Column(name="city", kind=Kind.BYTES, logical=Logical.STRING, required=False),
        Column(name="member", kind=Kind.BOOL),
        Column(name="children", kind=Kind.INT64),
    )
)
ROW = [41, 2.5, "Oslo", True, 2]


def names(signature: Signature) -> list[str]:
    return [str(column.name) for column in signature.inputs]


def back(schema: Schema, table: list[np.ndarray]) -> list[list[Any]]:
    return [list(row) for row in zip(*[one.tolist() for one in schema.by_name(table).values()], strict=True)]


def test_columns_of_one_kind_share_an_array() -> None:
    """Five columns of four kinds become four arrays."""
    schema = Schema(MIXED)
    table = schema.from_rows([ROW, ROW])

    assert [(2, 2), (2, 1), (2, 1), (2, 1)] == [array.shape for array in table]
    assert [ROW, ROW] == back(schema, table)


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False),
            st.one_of(st.none(), st.text()),
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
        ),
        min_size=1,
    )
)
def test_rows_come_back_as_they_went_in(rows: list[tuple[Any, ...]]) -> None:
    """Rows, records and columns of JSON values give the same table, and nothing is rounded or changed."""
    schema = Schema(MIXED)
    listed = [list(row) for row in rows]
    from_rows = back(schema, schema.from_rows(listed))
    records = [dict(zip(names(MIXED), row, strict=True)) for row in rows]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names(MIXED))}

    assert listed == from_rows
    assert listed == back(schema, schema.from_records(records))
    assert listed == back(schema, schema.from_columns(columns))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (0, 41.5, "column 'age', row 1: got 41.5, expected INT64"),
        (0, 2.0**53 + 2, "column 'age', row 1: got 9007199254740994.0, expected INT64"),
        (0, None, "column 'age', row 1: got a missing value, expected INT64"),
        (0, True, "column 'age', row 1: got True, expected INT64"),
        (0, 2**63, "column 'age', row 1: got 9223372036854775808 (outside"),
        (1, "2.5", "column 'income', row 1: got '2.5', expected FP64"),
        (1, True, "column 'income', row 1: got True, expected FP64"),
        (1, [1.0], "column 'income', row 1: got [1.0], expected FP64"),
        (1, 10**400, "column 'income', row 1: got a whole number with hundreds of digits"),
        (2, 7, "column 'city', row 1: got 7, expected string"),
        (3, 1, "column 'member', row 1: got 1, expected BOOL"),
    ],
)
def test_wrong_values_are_named(place: int, value: Any, said: str) -> None:
    """Column, row, what came, what was expected."""
    wrong = [*ROW]
    wrong[place] = value
    with pytest.raises(BadInput) as caught:
        Schema(MIXED).from_rows([ROW, wrong])

    assert caught.value.message.startswith(said)


def test_whole_numbers_may_be_written_as_floats() -> None:
    """41.0 is the whole number 41, in JSON's own terms and from those who write all numbers alike."""
    schema = Schema(MIXED)

    assert [[41, *ROW[1:]]] == back(schema, schema.from_rows([[41.0, *ROW[1:]]]))


def test_missing_optional_text_is_none_and_missing_float_is_nan() -> None:
    """What may be missing may be left out."""
    schema = Schema(MIXED)
    ((age, income, city, *_),) = back(schema, schema.from_rows([[41, None, None, True, 2]]))

    assert (41, None) == (age, city)
    assert np.isnan(income)


def test_absent_required_column_is_named() -> None:
    """A required column that no record has is told by name."""
    with pytest.raises(BadInput, match="column 'age' is missing"):
        Schema(MIXED).from_records([{"income": 1.0, "member": True, "children": 0}])


def test_tensors_are_checked_by_shape() -> None:
    """A tensor input keeps its own dimensions; a ragged or misshapen one is refused."""
    schema = Schema(Signature(inputs=(Column(name="image", kind=Kind.FP32, dims=(2, -1)),), tensors=True))
    (array,) = schema.from_tensors({"image": [[[1, 2, 3], [4, 5, 6]]]})
    assert (1, 2, 3) == array.shape
    with pytest.raises(BadInput, match="ragged"):
        schema.from_tensors({"image": [[[1, 2, 3], [4, 5]]]})
    with pytest.raises(BadInput, match=r"has shape \[1, 3, 1\]; expected \[-1, 2, -1\]"):
        schema.from_tensors({"image": [[[1], [2], [3]]]})


def test_inputs_without_a_name_are_given_by_their_place() -> None:
    """As the node's own OpenAPI document and its ledger call them."""
    tensor = Schema(Signature(inputs=(Column(name=None, kind=Kind.FP32, dims=(2,)),), tensors=True))
    (array,) = tensor.from_tensors({"input-0": [[1, 2]]})
    assert [[1, 2]] == array.tolist()
    with pytest.raises(BadInput, match="input 'input-0' is missing"):
        tensor.from_tensors({"0": [[1, 2]]})
    table = Schema(Signature(inputs=(Column(name=None, kind=Kind.FP32), Column(name=None, kind=Kind.INT64))))

    assert [[0.5, 7]] == back(table, table.from_records([{"input-0": 0.5, "input-1": 7}]))


@given(st.lists(st.lists(st.floats(width=32), min_size=4, max_size=4), min_size=1, max_size=5), st.booleans())
def test_numbers_make_the_table_that_arrays_do(rows: list[list[float]], tensors: bool) -> None:  # noqa: FBT001  # drawn
    """Plain numbers, tables, and both together join to one and the same table."""
    flat = [Column(name=f"c{i}", kind=Kind.FP32) for i in range(4)]
    inputs = (Column(name="x", kind=Kind.FP32, dims=(4,)),) if tensors else tuple(flat)
    schema = Schema(Signature(inputs=inputs, tensors=tensors))
    array = np.array(rows, np.float32)
    numbers = [Numbers(row, 1) for row in rows]
    whole = Numbers([one for row in rows for one in row], len(rows))

    mixed: list[list[np.ndarray] | Numbers] = [[array[:1]], *numbers[1:]]
    for parts in (numbers, [whole], mixed):
        joined = schema.joined(parts)
        assert 1 == len(joined)
        np.testing.assert_array_equal(array, joined[0])
        assert np.float32 == joined[0].dtype


OPTIONAL = Signature(
    inputs=(
        Column(name="x", kind=Kind.FP64),
        Column(name="n", kind=Kind.INT64, required=False),
        Column(name="b", kind=Kind.BOOL, required=False),
    )
)


def test_optional_whole_numbers_and_truth_values_may_be_missing() -> None:
    """In all rows or in some; what is there is as exact as ever, and checked."""
    schema = Schema(OPTIONAL)

    assert [[0.5, None, None]] == back(schema, schema.from_records([{"x": 0.5}]))
    assert [[0.5, 2**53 + 1, True], [1.5, None, False]] == back(
        schema, schema.from_records([{"x": 0.5, "n": 2**53 + 1, "b": True}, {"x": 1.5, "b": False}])
    )
    with pytest.raises(BadInput, match=r"column 'n', row 1: got 1\.5, expected INT64"):
        schema.from_columns({"x": [1, 2], "n": [None, 1.5]})
    with pytest.raises(BadInput, match="column 'b', row 0: got 1, expected BOOL"):
        schema.from_columns({"x": [1], "b": [1]})
    with pytest.raises(BadInput, match="input 'n' is FP64; expected INT64"):
        schema.from_arrays([np.ones(1), np.ones(1), np.ones(1, dtype=bool)])
    given = schema.from_arrays([np.ones(1), np.array([[7]], dtype=np.int32), np.ones(1, dtype=bool)])
    assert [[1.0, 7, True], [0.5, None, None]] == back(
        schema, schema.joined([given, schema.from_records([{"x": 0.5}])])
    )


def test_a_matrix_is_taken_where_all_columns_may_be_missing() -> None:
    """It has no missing values of its own."""
    schema = Schema(Signature(inputs=OPTIONAL.inputs[1:2]))

    assert [[3], [4]] == back(schema, schema.from_matrix(np.array([3, 4])))
    assert [[3], [None]] == back(schema, schema.from_rows([[3], [None]]))


def test_no_time_is_an_empty_text() -> None:
    """A required column of times must have one; an optional one may lack it."""
    times = Column(name="t", kind=Kind.BYTES, logical=Logical.DATETIME)
    with pytest.raises(BadInput, match="column 't', row 0: got a missing value"):
        Schema(Signature(inputs=(times,))).from_columns({"t": [""]})
    optional = Schema(Signature(inputs=(replace(times, required=False),)))
    assert [[None]] == back(optional, optional.from_columns({"t": [""]}))
